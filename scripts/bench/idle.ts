/**
 * Measures what the agent costs while there is little to do: processor time, wake-ups
 * and memory with two devices.
 *
 * @module
 */

import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { pause } from "../../src/testing/pause.ts";
import { startChild } from "./child.ts";
import { formatNumber, formatTable, median, mediansOf, toMib } from "./figures.ts";
import { countRecords } from "./offsets.ts";
import { memoryOf, type ThreadUse, threadUse } from "./proc.ts";
import type { Program } from "./programs.ts";
import { startSimulatedDevices } from "./rust_peer.ts";

const DEVICES = 2;
/** Poll intervals that are measured, in ms. */
const INTERVALS_MS = [1_000, 60_000];
const SAMPLE_EVERY_MS = 1_000;

/** Options of the measurement. */
export interface IdleOptions {
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Figures of one run, or the medians of several. */
interface IdleFigures {
  /** Processor time of all threads, in ms per second. */
  readonly cpu: number;
  /** Of that, the thread that runs the program. */
  readonly mainCpu: number;
  /** Of that, the worker of the buffer. */
  readonly workerCpu: number;
  /** Wake-ups of all threads per second. */
  readonly wakeUps: number;
  /** Median of the resident memory, in bytes. */
  readonly rss: number;
  /** Of that, not backed by a file. */
  readonly anonymous: number;
}

/** The medians of one program at one poll interval. */
export interface IdleResult {
  readonly program: string;
  readonly intervalMs: number;
  readonly figures: IdleFigures;
}

/** Measures every program at every interval; the programs take turns. */
export async function measureIdle(
  peer: string,
  programs: readonly Program[],
  options: IdleOptions,
  folder: string,
): Promise<IdleResult[]> {
  await using broker = await startBroker();
  const topic = "bench-idle";
  await broker.createTopic(topic);
  await broker.createTopic(`${topic}-events`);
  const devices = await startSimulatedDevices(peer, DEVICES, folder);
  await using _devices = devices.child;
  const results: IdleResult[] = [];
  for (const intervalMs of INTERVALS_MS) {
    const runs = new Map<Program, IdleFigures[]>();
    for (let turn = 0; turn < options.repeats; turn++) {
      for (const program of programs) {
        const own = await Deno.makeTempDir({ dir: folder });
        const { bootstrap } = broker;
        const seconds = options.warmUpSeconds + options.seconds + 30;
        const task = { devices, topic, folder: own, bootstrap, intervalMs, seconds };
        const before = await countRecords(bootstrap, topic);
        const figures = await measureOnce(await program.command(task), own, options);
        if (await countRecords(bootstrap, topic) === before) {
          throw new Error(`${program.name}: no record reached the broker`);
        }
        await Deno.remove(own, { recursive: true });
        runs.set(program, [...runs.get(program) ?? [], figures]);
      }
    }
    for (const [{ name }, all] of runs) {
      results.push({ program: name, intervalMs, figures: mediansOf(all) });
    }
  }
  return results;
}

async function measureOnce(
  command: readonly string[],
  folder: string,
  { warmUpSeconds, seconds }: IdleOptions,
): Promise<IdleFigures> {
  await using child = await startChild(command, `${folder}/output.log`);
  await pause(warmUpSeconds * 1_000);
  const before = threadUse(child.pid);
  const beganMs = performance.now();
  const rss: number[] = [];
  const anonymous: number[] = [];
  while (performance.now() - beganMs < seconds * 1_000) {
    await pause(SAMPLE_EVERY_MS);
    const memory = memoryOf(child.pid);
    rss.push(memory.rss);
    anonymous.push(memory.anonymous);
  }
  const after = threadUse(child.pid);
  const tookS = (performance.now() - beganMs) / 1_000;
  const sum = (use: (thread: ThreadUse) => number, name?: RegExp): number => {
    let total = 0;
    for (const [id, thread] of after) {
      if (name !== undefined && !name.test(thread.name)) continue;
      const earlier = before.get(id);
      total += use(thread) - (earlier === undefined ? 0 : use(earlier));
    }
    return total / tookS;
  };
  const cpuMs = ({ cpuSeconds }: ThreadUse): number => cpuSeconds * 1_000;
  return {
    cpu: sum(cpuMs),
    mainCpu: sum(cpuMs, /^sunspec/),
    workerCpu: sum(cpuMs, /^worker-/),
    wakeUps: sum(({ wakeUps }) => wakeUps),
    rss: median(rss),
    anonymous: median(anonymous),
  };
}

/** Formats the figures as a table. */
export function idleTable(results: readonly IdleResult[]): string {
  return formatTable(
    [
      ...["program", "polls", "CPU, ms per s", "of which main thread", "buffer"],
      ...["wake-ups per s", "RSS, MiB", "of which not of a file"],
    ],
    results.map(({ program, intervalMs, figures }) => [
      program,
      `${DEVICES} every ${intervalMs / 1_000} s`,
      formatNumber(figures.cpu),
      formatNumber(figures.mainCpu),
      formatNumber(figures.workerCpu),
      formatNumber(figures.wakeUps),
      formatNumber(toMib(figures.rss)),
      formatNumber(toMib(figures.anonymous)),
    ]),
  );
}
