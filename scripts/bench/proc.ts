/**
 * Processor time and memory of a process, from /proc.
 *
 * @module
 */

/** Ticks per second in /proc/stat (USER_HZ; 100 on every Linux that runs Deno). */
const TICKS_PER_S = 100;

/** Memory of a process, in bytes. */
export interface Memory {
  /** Resident memory. */
  readonly rss: number;
  /** Maximum of the resident memory since the start. */
  readonly peak: number;
  /** Resident memory that is not backed by a file. */
  readonly anonymous: number;
}

/** What one thread has used since its start. */
export interface ThreadUse {
  /** Its name, at most 15 characters. */
  readonly name: string;
  /** Processor time in s, with a resolution of 1 ns (schedstat). */
  readonly cpuSeconds: number;
  /** How often it was woken up after it had waited (voluntary context switches). */
  readonly wakeUps: number;
}

/** The running threads of a process, by thread id. */
export function threadUse(pid: number): ReadonlyMap<string, ThreadUse> {
  const threads = new Map<string, ThreadUse>();
  for (const { name: id } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const read = (file: string): string =>
      Deno.readTextFileSync(`/proc/${pid}/task/${id}/${file}`);
    try {
      const [nanoseconds] = read("schedstat").split(" ");
      const switches = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(read("status"))?.[1];
      threads.set(id, {
        name: read("comm").trim(),
        cpuSeconds: Number(nanoseconds) / 1e9,
        wakeUps: Number(switches),
      });
    } catch (error) {
      // A thread may end after it was listed.
      if (!(error instanceof Deno.errors.NotFound) && !isGone(error)) throw error;
    }
  }
  return threads;
}

/** Processor time of all running threads, in s. */
export function cpuSeconds(pid: number): number {
  let seconds = 0;
  for (const thread of threadUse(pid).values()) seconds += thread.cpuSeconds;
  return seconds;
}

/** Number of times that a running thread of a process waited for something (context switches of its own accord). */
export function voluntarySwitches(pid: number): number {
  let switches = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    switches += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }
  return switches;
}

/** The current memory of a process. */
export function memoryOf(pid: number): Memory {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { rss: bytes("VmRSS"), peak: bytes("VmHWM"), anonymous: bytes("RssAnon") };
}

/** Processor time used on the whole machine, and time that its hypervisor did not provide (steal), in s. */
export function machineSeconds(): { readonly busy: number; readonly stolen: number } {
  const [line = ""] = Deno.readTextFileSync("/proc/stat").split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim().split(/\s+/).slice(1).map(Number);
  const busy = user + nice + system + irq + softirq;
  return { busy: busy / TICKS_PER_S, stolen: steal / TICKS_PER_S };
}

/** Describes the machine in one line. */
export function describeMachine(): string {
  const cpus = Deno.readTextFileSync("/proc/cpuinfo");
  const model = /^model name\s*:\s*(.+)$/m.exec(cpus)?.[1] ?? Deno.build.arch;
  const gib = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const count = navigator.hardwareConcurrency;
  return `${count} cores of ${model}, ${gib} GiB, Linux ${Deno.osRelease()}`;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}
