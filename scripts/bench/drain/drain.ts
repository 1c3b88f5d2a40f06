/**
 * Measures how a backlog drains: an agent starts with a cold buffer file, without a
 * broker; the broker returns, and the agent delivers the backlog while it polls.
 *
 * @module
 */

import {
  type Fleet,
  type FleetDevice,
  quantile,
  slotLatenessMs,
  startFleet,
} from "../../../src/testing/agent/fleet.ts";
import { startBroker, type TestBroker } from "../../../src/testing/kafka/kafka.ts";
import { pause } from "../../../src/testing/pause.ts";
import { captureOutput, type Child } from "../child.ts";
import { median } from "../figures.ts";
import { GATEWAY, startMeasuredAgent } from "../measured_agent.ts";
import { cpuSeconds, memoryOf } from "../proc.ts";
import { BUFFER_BYTES_MAX, deviceName, writeBacklog } from "./backlog.ts";
import { type DrainSample, sectionsOf } from "./curve.ts";
import { describeDrain, type DrainFigures, SECTION_MS } from "./tables.ts";
import { createRecordCounter } from "./record_counter.ts";

/** Options of the measurement. */
export interface DrainOptions {
  /** Rows of the backlog. */
  readonly rows: number;
  readonly devices: number;
  readonly intervalMs: number;
  /** `buffer.flush_interval_ms`. */
  readonly flushIntervalMs: number;
  readonly repeats: number;
  /** Time before the memory of the steady state is measured, and before the broker returns. */
  readonly warmUpSeconds: number;
}

/** An executable of the agent. */
export interface DrainProgram {
  readonly name: string;
  readonly binary: string;
}

/** Topics of the rows; a row is stored with its topic. */
const TOPICS = ["inverter", "meter"] as const;
const EVENTS = "events";
const SAMPLE_EVERY_MS = 20;
/** A drain without a new record for this time has failed. */
const PAUSE_MAX_MS = 120_000;
const COMMAND_LIMIT_MS = 300_000;

/** Measures every program `repeats` times; the programs take turns. */
export async function measureDrains(
  programs: readonly DrainProgram[],
  options: DrainOptions,
  folder: string,
  print: (text: string) => void,
): Promise<DrainFigures[]> {
  const { rows, devices, intervalMs } = options;
  await using broker = await startBroker();
  await using fleet = await startFleet(
    Array.from({ length: devices }, (_, number): FleetDevice => ({
      kind: "good",
      id: deviceName(number),
      unitId: 1,
    })),
  );
  const backlog = `${folder}/backlog.db`;
  for (const topic of [...TOPICS, EVENTS]) await broker.createTopic(topic);
  await writeBacklog({
    ...{ path: backlog, gateway: GATEWAY, rows, devices, intervalMs, topics: TOPICS },
  });
  print(`The backlog of ${rows} rows has ${(await Deno.stat(backlog)).size} bytes\n`);
  const runs: DrainFigures[] = [];
  for (let turn = 0; turn < options.repeats; turn++) {
    for (const program of programs) {
      const own = await Deno.makeTempDir({ dir: folder });
      const run = { ...options, broker, fleet, backlog, folder: own, program };
      const figures = await measureOnce(run);
      await Deno.remove(own, { recursive: true });
      runs.push(figures);
      print(`${describeDrain(figures)}\n`);
    }
  }
  return runs;
}

interface Run extends DrainOptions {
  readonly broker: TestBroker;
  readonly fleet: Fleet;
  readonly backlog: string;
  readonly folder: string;
  readonly program: DrainProgram;
}

async function measureOnce(run: Run): Promise<DrainFigures> {
  const { broker, fleet, backlog, folder, program, warmUpSeconds } = run;
  const steadyRss = await measureSteadyRss({ ...run, folder: `${folder}/steady` });
  await Deno.copyFile(backlog, `${folder}/queue.db`);
  await forgetCached(`${folder}/queue.db`);
  const before = await countNow(run);
  await broker.stop();
  await using agent = await startAgent(run);
  await pause(warmUpSeconds * 1_000);
  await fleet.report();
  await broker.start();
  const samples = await sampleDrain(run, agent, before);
  const { devices, ownLagP99Ms } = await fleet.report();
  const [total] = sectionsOf(samples, Infinity);
  if (total === undefined) throw new Error(`Nothing arrived: ${await agent.log()}`);
  const fromMs = wallMs(samples[0]?.atMs ?? 0);
  const lateness = Object.entries(devices).flatMap(([id, { polls }]) =>
    slotLatenessMs(id, run.intervalMs, polls.filter((atMs) => atMs > fromMs))
  );
  return {
    program: program.name,
    total,
    curve: sectionsOf(samples, SECTION_MS),
    steadyRss,
    latenessP99Ms: quantile(lateness, 0.99),
    latenessMaxMs: Math.max(...lateness),
    polls: lateness.length,
    ownLagP99Ms,
  };
}

async function measureSteadyRss(run: Run): Promise<number> {
  await Deno.mkdir(run.folder);
  await using agent = await startAgent(run);
  const sizes: number[] = [];
  const untilMs = performance.now() + run.warmUpSeconds * 1_000;
  while (performance.now() < untilMs) {
    await pause(500);
    sizes.push(memoryOf(agent.pid).rss);
  }
  const figure = median(sizes.slice(sizes.length / 2));
  await agent.stop();
  return figure;
}

function startAgent(
  { broker, fleet, folder, program, intervalMs, flushIntervalMs }: Run,
): Promise<Child> {
  return startMeasuredAgent({
    ...{ binary: program.binary, folder, bootstrap: broker.bootstrap },
    topics: { inverter: TOPICS[0], meter: TOPICS[1], events: EVENTS },
    devices: fleet.tables(() => ({ ["interval_ms"]: intervalMs })),
    buffer: { ["max_bytes"]: BUFFER_BYTES_MAX, ["flush_interval_ms"]: flushIntervalMs },
    logLevel: "warning",
  });
}

/** Takes samples until as many records have arrived as the backlog has rows. */
async function sampleDrain(
  { broker, rows }: Run,
  agent: Child,
  before: number,
): Promise<DrainSample[]> {
  await using counter = await createRecordCounter(broker.bootstrap, TOPICS);
  const samples: DrainSample[] = [];
  let movedMs = performance.now();
  for (let records = 0; records < rows;) {
    const atMs = performance.now();
    if (agent.ended) throw new Error(`The agent ended: ${await agent.log()}`);
    const now = (await counter.count() ?? before) - before;
    if (now > records) movedMs = atMs;
    records = Math.max(records, now);
    samples.push({
      atMs,
      records,
      rss: memoryOf(agent.pid).rss,
      cpuSeconds: cpuSeconds(agent.pid),
    });
    if (atMs > movedMs + PAUSE_MAX_MS) {
      throw new Error(`${records} of ${rows} rows arrived: ${await agent.log()}`);
    }
    await pause(Math.max(0, atMs + SAMPLE_EVERY_MS - performance.now()));
  }
  return samples;
}

async function countNow({ broker }: Run): Promise<number> {
  await using counter = await createRecordCounter(broker.bootstrap, TOPICS);
  return await counter.count() ?? 0;
}

/** Removes a file from the page cache of the kernel, so that reading it reads the disk. */
async function forgetCached(path: string): Promise<void> {
  const limit = { limitMs: COMMAND_LIMIT_MS };
  await captureOutput(["sync", path], limit);
  await captureOutput(
    ["dd", `if=${path}`, "iflag=nocache", "count=0", "status=none"],
    limit,
  );
}

function wallMs(monotonicMs: number): number {
  return performance.timeOrigin + monotonicMs;
}
