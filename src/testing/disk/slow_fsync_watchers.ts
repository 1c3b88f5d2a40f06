/**
 * Processes that watch an agent from outside: a plant that notes when it is
 * polled, and a service manager that notes what it is told.
 *
 * @module
 */

import { ROOT } from "../agent/agent_program.ts";
import type { PlantAddresses, PlantNotes } from "./slow_fsync_plant.ts";

/** A plant in a process of its own. */
export interface WatchedPlant {
  readonly addresses: PlantAddresses;
  /** Ends it and gives its notes. */
  close(): Promise<PlantNotes>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A message to the service manager. */
export interface Notice {
  readonly atMs: number;
  readonly text: string;
}

/** A service manager in a process of its own. */
export interface WatchedManager {
  /** Ends it and gives every message. */
  close(): Promise<readonly Notice[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a plant of so many inverters. */
export async function startWatchedPlant(devices: number): Promise<WatchedPlant> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--config", `${ROOT}deno.json`, "-A"],
      ...[`${ROOT}src/testing/disk/slow_fsync_plant.ts`, String(devices)],
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
  const child = new Deno.Command(`${ROOT}.tools/venv/bin/python`, {
    args: [`${ROOT}src/testing/disk/slow_fsync_manager.py`, path],
    stdin: "null",
    stdout: "piped",
    stderr: "null", // it is interrupted
  }).spawn();
  const lines = readLines<readonly [number, string]>(child);
  const end = ending(child);
  const notices: Notice[] = [];
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

/** For how long a process's main thread has been ready to run, and was not run. */
export interface CpuWait {
  /** Wall time. */
  readonly atMs: number;
  /** Since its start. */
  readonly waitedMs: number;
}

const CPU_LOOK_MS = 50;

/** Looks at a process until it is disposed; finds nothing where the kernel keeps no account. */
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
      // It has ended, or there is no such account.
    }
  }, CPU_LOOK_MS);
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
  if (done) throw new Error("a watcher ended early");
  return value;
}

/** Ends a process, once; the end of one that has ended already is no trouble. */
function ending(child: Deno.ChildProcess): () => Promise<void> {
  let ended: Promise<unknown> | undefined;
  return async () => {
    if (ended === undefined) {
      ended = child.status;
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
    }
    await ended;
  };
}
