/**
 * 200 devices, 50 of them faulty: the others stay on their grid, and sockets, memory
 * and log volume stay bounded.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type AgentLogLine,
  startAgentProcess,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  type FleetDevice,
  quantile,
  slotLatenessMs,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { pollOf } from "../../src/testing/agent/fleet_image.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";
import {
  type ProcessUsage,
  processUsage,
} from "../../src/testing/agent/process_usage.ts";
import { pause } from "../../src/testing/pause.ts";
import { printLine } from "../../src/testing/print_line.ts";

const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 900;
const UNIT_ID = 3;

/** Time for the discovery of all devices. */
const WARM_UP_MS = 8_000;
/** Longer than a minute, so that two log lines within a minute are noticed. */
const MINUTE_MS = 60_000;
const LOADED_MS = 62_000;
const BASELINE_MS = 12_000;
/** Maximum p99 lateness in a typical slot; detects hangs: ten times the usual value. */
const LATE_MAX_MS = 200;
/** Descriptors other than device sockets: files, worker, database. */
const OTHER_DESCRIPTORS_MAX = 60;
const RSS_MAX_BYTES = 230_000_000;
const GROWTH_MAX_BYTES = 40_000_000;

/** `count` devices of a kind. */
function makeDevices(
  count: number,
  make: (at: number) => FleetDevice,
): readonly FleetDevice[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

const GOOD = makeDevices(
  150,
  (at) => ({ id: `good-${at}`, unitId: UNIT_ID, kind: "good" }),
);

const FAULTY: readonly FleetDevice[] = [
  ...makeDevices(
    10,
    (at) => ({ id: `refused-${at}`, unitId: UNIT_ID, kind: "refused" }),
  ),
  ...makeDevices(
    10,
    (at) => ({ id: `black-hole-${at}`, unitId: UNIT_ID, kind: "black-hole" }),
  ),
  ...makeDevices(20, (at) => ({
    id: `flapping-${at}`,
    unitId: UNIT_ID,
    kind: "flapping",
    upMs: 2_500 + 150 * at,
    downMs: 1_200 + 90 * at,
  })),
  // Two reads per poll: half of the devices answer before the next slot, half do not.
  ...makeDevices(10, (at) => ({
    id: `slow-${at}`,
    unitId: UNIT_ID,
    kind: "slow",
    delayMs: at % 2 === 0 ? 450 : 800,
  })),
];

/** Result of a run of the agent. */
interface Run {
  /** Lateness of each poll of each healthy device, in ms. */
  readonly late: readonly number[];
  /** 99th percentile within each slot, over all healthy devices, in ms. */
  readonly slotP99s: readonly number[];
  /** Healthy devices with missed slots, except one at each end. */
  readonly missedSlots: readonly string[];
  /** Lateness of the fleet's own timers: noise of the machine, not of the agent. */
  readonly fleetLagMs: number;
  readonly usage: readonly ProcessUsage[];
  readonly cpuShare: number;
  readonly log: readonly AgentLogLine[];
  /** End of the warm-up, wall clock in ms. */
  readonly fromMs: number;
  readonly outages: number;
}

async function run(devices: readonly FleetDevice[], forMs: number): Promise<Run> {
  let result: Run | undefined;
  await withTempFolder(async (folder) => {
    await using fleet = await startFleet(devices);
    const tables = fleet.tables(({ kind }) => ({
      ["interval_ms"]: INTERVAL_MS,
      ["timeout_ms"]: TIMEOUT_MS,
      // Slow devices take two reads per poll.
      ...(kind === "slow" ? { ["registers_per_read_max"]: 80 } : {}),
    }));
    await using agent = await startAgentProcess({
      folder,
      config: { devices: tables },
      build: "binary",
    });
    await pause(WARM_UP_MS);
    await fleet.report(); // resets the fleet's lateness
    const fromMs = Date.now();
    const usage = [processUsage(agent.pid)];
    while (Date.now() < fromMs + forMs) {
      await pause(500);
      usage.push(processUsage(agent.pid));
    }
    const toMs = Date.now();
    const report = await fleet.report();
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    strictEqual(agent.noise, "");
    const slots = Math.floor((toMs - fromMs) / INTERVAL_MS);
    const late: number[] = [];
    const bySlot = new Map<number, number[]>();
    const missedSlots: string[] = [];
    for (const { id } of GOOD) {
      const polls = (report.devices[id]?.polls ?? [])
        .filter((ms) => ms >= fromMs && ms < toMs);
      for (const [at, lateMs] of slotLatenessMs(id, INTERVAL_MS, polls).entries()) {
        late.push(lateMs);
        const slot = Math.floor(((polls[at] ?? 0) - lateMs) / INTERVAL_MS);
        bySlot.set(slot, [...bySlot.get(slot) ?? [], lateMs]);
      }
      if (polls.length < slots - 1) {
        missedSlots.push(`${id}: ${polls.length} of ${slots}`);
      }
    }
    await checkGood(`${folder}/records`, (await fleet.report()).devices);
    const [first, last] = [usage[0], usage.at(-1)];
    result = {
      late,
      slotP99s: [...bySlot.values()].map((one) => quantile(one, 0.99)),
      missedSlots,
      fleetLagMs: report.ownLagP99Ms,
      usage,
      cpuShare: 1_000 * ((last?.cpuSeconds ?? 0) - (first?.cpuSeconds ?? 0)) /
        (toMs - fromMs),
      log: agent.log,
      fromMs,
      outages: Object.values(report.devices).reduce(
        (sum, { outages }) => sum + outages,
        0,
      ),
    };
  });
  if (result === undefined) throw new Error("the run returned no result");
  return result;
}

/** Every poll that a healthy device answered gave one record with its values. */
async function checkGood(
  folder: string,
  devices: Readonly<Record<string, { readonly polls: readonly number[] }>>,
): Promise<void> {
  const { faults, decoded } = await checkFiles(folder);
  deepStrictEqual(faults, []);
  const last = new Map<string, number>();
  for (const { type, record } of decoded) {
    if (type !== "NormalizedInverterData") continue;
    const id = String(record["device_id"]);
    const poll = pollOf(record);
    ok(typeof poll === "number", `${id}: ${poll}`);
    if (id.startsWith("good-")) {
      strictEqual(poll, (last.get(id) ?? poll - 1) + 1, `${id}: a poll left no record`);
    }
    last.set(id, poll);
  }
  for (const { id } of GOOD) {
    // The last poll may have been aborted at the stop.
    const served = devices[id]?.polls.length ?? 0;
    ok(served - (last.get(id) ?? 0) <= 1, `${id}: ${last.get(id)} of ${served}`);
  }
}

/** Devices with more than one log line in a minute after the warm-up. */
function linesAMinute(log: readonly AgentLogLine[], fromMs: number): string[] {
  const times = new Map<string, number[]>();
  for (const line of log) {
    const { device, time } = line;
    const ms = Date.parse(String(time));
    if (typeof device !== "string" || ms < fromMs) continue;
    times.set(device, [...times.get(device) ?? [], ms]);
  }
  return [...times].flatMap(([device, at]) => {
    const most = Math.max(
      ...at.map((ms) => at.filter((one) => one >= ms && one < ms + MINUTE_MS).length),
    );
    return most > 1 ? [`${device}: ${most} lines in a minute`] : [];
  });
}

Deno.test("agent: 50 faulty devices of 200 do not affect the others, and sockets, memory and log stay bounded", async () => {
  await ensureBinary();
  const baseline = await run(GOOD, BASELINE_MS);
  const loaded = await run([...GOOD, ...FAULTY], LOADED_MS);
  for (
    const [name, one] of [["without faulty devices", baseline], [
      "with faulty devices",
      loaded,
    ]] as const
  ) {
    printLine(describe(name, one));
    deepStrictEqual(one.missedSlots, []);
  }
  ok(loaded.outages > 100, `devices had only ${loaded.outages} outages`);
  const descriptors = GOOD.length + FAULTY.length + OTHER_DESCRIPTORS_MAX;
  ok(peak(loaded, "fileDescriptors") <= descriptors);
  ok(peak(loaded, "rssBytes") < RSS_MAX_BYTES);
  const half = loaded.usage.length >> 1;
  const halves = [loaded.usage.slice(0, half), loaded.usage.slice(half)]
    .map((usage) => quantile(usage.map(({ rssBytes }) => rssBytes), 0.5));
  ok((halves[1] ?? 0) - (halves[0] ?? 0) < GROWTH_MAX_BYTES, "the memory grows");
  deepStrictEqual(linesAMinute(loaded.log, loaded.fromMs), []);
  // Other load delays whole slots, so the limit applies to the typical one.
  const typicalMs = quantile(loaded.slotP99s, 0.5);
  ok(typicalMs < LATE_MAX_MS, `in a typical slot the p99 is ${typicalMs} ms late`);
});

/** The figures of a run, in one line. */
function describe(name: string, one: Run): string {
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(one.late, share).toFixed(1));
  const own = one.fleetLagMs.toFixed(1);
  return `${name}: p50 ${p50} ms, p99 ${p99} ms late (the machine's own: p99 ${own} ms), ` +
    `typical slot p99 ${quantile(one.slotP99s, 0.5).toFixed(1)} ms, ` +
    `${(100 * one.cpuShare).toFixed(0)} % CPU, ` +
    `${(peak(one, "rssBytes") / 1e6).toFixed(0)} MB, ` +
    `${peak(one, "fileDescriptors")} descriptors`;
}

function peak({ usage }: Run, of: keyof ProcessUsage): number {
  return Math.max(...usage.map((sample) => sample[of]));
}
