/**
 * Processes that observe an agent from outside: a plant that records polls, and a
 * service manager that records messages.
 *
 * @module
 */

import type { PlantAddresses, PlantNotes } from "./slow_fsync_plant.ts";
import { PROJECT_ROOT, PYTHON } from "../project_root.ts";

/** A plant in a separate process. */
export interface WatchedPlant {
  readonly addresses: PlantAddresses;
  /** Stops it and returns its observations. */
  close(): Promise<PlantNotes>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A message to the service manager. */
export interface ManagerMessage {
  readonly atMs: number;
  readonly text: string;
}

/** A service manager in a separate process. */
export interface WatchedManager {
  /** Stops it and returns every message. */
  close(): Promise<readonly ManagerMessage[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a plant with `devices` inverters. */
export async function startWatchedPlant(devices: number): Promise<WatchedPlant> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--config", `${PROJECT_ROOT}deno.json`, "-A"],
      ...[`${PROJECT_ROOT}src/testing/disk/slow_fsync_plant.ts`, String(devices)],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = readLines<PlantAddresses & PlantNotes>(child);
  const end = ending(child);
  try {
    return {
      addresses: await first(lines),
      async close() {
        await child.stdin.close();
        const notes = await first(lines);
        await end();
        await lines.return(undefined);
        return notes;
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Starts a service manager that listens at `path`. */
export async function startWatchedManager(path: string): Promise<WatchedManager> {
  const child = new Deno.Command(PYTHON, {
    args: [`${PROJECT_ROOT}src/testing/disk/notify_recorder.py`, path],
    stdin: "null",
    stdout: "piped",
    stderr: "null", // interrupted
  }).spawn();
  const lines = readLines<readonly [number, string]>(child);
  const end = ending(child);
  const notices: ManagerMessage[] = [];
  await first(lines);
  const reading = (async () => {
    for await (const [atMs, text] of lines) notices.push({ atMs, text });
  })();
  return {
    async close() {
      await end();
      await reading;
      return notices;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Time in which a process's main thread was ready but did not run, in ms. */
export interface CpuWait {
  /** Wall time. */
  readonly atMs: number;
  /** Since its start. */
  readonly waitedMs: number;
}

const CPU_SAMPLE_MS = 50;

/** Samples a process until disposed; empty where the kernel keeps no accounting. */
export function watchCpuWaits(
  pid: number,
): { readonly found: readonly CpuWait[]; [Symbol.dispose](): void } {
  const found: CpuWait[] = [];
  const timer = setInterval(() => {
    try {
      // proc(5): time on the CPU and time waiting for one, in ns.
      const account = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/schedstat`);
      const waitedMs = Number(account.split(" ")[1]) / 1e6;
      found.push({ atMs: Date.now(), waitedMs });
    } catch {
      // The process has exited, or the kernel keeps no accounting.
    }
  }, CPU_SAMPLE_MS);
  return { found, [Symbol.dispose]: () => clearInterval(timer) };
}

async function* readLines<T>(child: Deno.ChildProcess): AsyncGenerator<T> {
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

async function first<T>(lines: AsyncGenerator<T>): Promise<T> {
  const { value, done } = await lines.next();
  if (done) throw new Error("the observer process exited early");
  return value;
}

/** Kills a process; does nothing if it has exited. */
function ending(child: Deno.ChildProcess): () => Promise<void> {
  let ended: Promise<unknown> | undefined;
  return async () => {
    if (ended === undefined) {
      ended = child.status;
      try {
        child.kill("SIGTERM");
      } catch {
        // Already exited.
      }
    }
    await ended;
  };
}
