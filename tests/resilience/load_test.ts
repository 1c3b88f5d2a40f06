/**
 * Two hundred devices, a quarter of them in trouble: the others are polled as
 * if they were alone, and neither sockets, memory nor the log run over.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  inFolder,
  type LogLine,
  pause,
  startAgent,
} from "../../src/testing/agent/agent.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  type FleetDevice,
  type Footprint,
  footprintOf,
  latenessOf,
  quantile,
  say,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { pollOf } from "../../src/testing/agent/fleet_image.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";

const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 900;
const UNIT_ID = 3;

/** How long devices are given to be found. */
const WARM_UP_MS = 8_000;
/** Longer than a minute, so that a line a minute is told from two. */
const MINUTE_MS = 60_000;
const LOADED_MS = 62_000;
const BASELINE_MS = 12_000;
/** How late the 99th of 100 polls may be on an idle machine. */
const LATE_MAX_MS = 20;
/** How late timers are on a machine that counts as idle. */
const IDLE_LAG_MS = 5;
/** Sockets beside those of devices: files, the worker, the database. */
const OTHER_DESCRIPTORS_MAX = 60;
const RSS_MAX_BYTES = 230_000_000;
const GROWTH_MAX_BYTES = 40_000_000;
/** A noisy machine gets a second look. */
const LOOKS_MAX = 2;

/** So many devices of a kind. */
function some(
  count: number,
  make: (at: number) => FleetDevice,
): readonly FleetDevice[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

const GOOD = some(150, (at) => ({ id: `good-${at}`, unitId: UNIT_ID, kind: "good" }));

const TROUBLED: readonly FleetDevice[] = [
  ...some(10, (at) => ({ id: `refused-${at}`, unitId: UNIT_ID, kind: "refused" })),
  ...some(10, (at) => ({ id: `dark-${at}`, unitId: UNIT_ID, kind: "black-hole" })),
  ...some(20, (at) => ({
    id: `flapping-${at}`,
    unitId: UNIT_ID,
    kind: "flapping",
    upMs: 2_500 + 150 * at,
    downMs: 1_200 + 90 * at,
  })),
  // Two reads a poll: half of them answer in time for the next slot, half do not.
  ...some(10, (at) => ({
    id: `slow-${at}`,
    unitId: UNIT_ID,
    kind: "slow",
    delayMs: at % 2 === 0 ? 450 : 800,
  })),
];

/** What a run of the agent gave. */
interface Run {
  /** How late each poll of each good device was, in ms. */
  readonly late: readonly number[];
  /** The 99th percentile within each slot, over all good devices, in ms. */
  readonly slotP99s: readonly number[];
  /** Good devices that were polled in fewer slots than there were, but for one at each end. */
  readonly short: readonly string[];
  /** How late the fleet's own timers were: the machine, not the agent. */
  readonly fleetLagMs: number;
  readonly feet: readonly Footprint[];
  readonly cpuShare: number;
  readonly log: readonly LogLine[];
  /** When the warm-up was over, wall clock in ms. */
  readonly fromMs: number;
  readonly downs: number;
}

async function run(devices: readonly FleetDevice[], forMs: number): Promise<Run> {
  let result: Run | undefined;
  await inFolder(async (folder) => {
    await using fleet = await startFleet(devices);
    const tables = fleet.tables(({ kind }) => ({
      ["interval_ms"]: INTERVAL_MS,
      ["timeout_ms"]: TIMEOUT_MS,
      // The slow ones take two reads a poll.
      ...(kind === "slow" ? { ["registers_per_read_max"]: 80 } : {}),
    }));
    await using agent = await startAgent({
      folder,
      config: { devices: tables },
      build: "binary",
    });
    await pause(WARM_UP_MS);
    await fleet.report(); // its lags begin anew
    const fromMs = Date.now();
    const feet = [footprintOf(agent.pid)];
    while (Date.now() < fromMs + forMs) {
      await pause(500);
      feet.push(footprintOf(agent.pid));
    }
    const toMs = Date.now();
    const report = await fleet.report();
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    strictEqual(agent.noise, "");
    const slots = Math.floor((toMs - fromMs) / INTERVAL_MS);
    const late: number[] = [];
    const bySlot = new Map<number, number[]>();
    const short: string[] = [];
    for (const { id } of GOOD) {
      const polls = (report.devices[id]?.polls ?? [])
        .filter((ms) => ms >= fromMs && ms < toMs);
      for (const [at, lateMs] of latenessOf(id, INTERVAL_MS, polls).entries()) {
        late.push(lateMs);
        const slot = Math.floor(((polls[at] ?? 0) - lateMs) / INTERVAL_MS);
        bySlot.set(slot, [...bySlot.get(slot) ?? [], lateMs]);
      }
      if (polls.length < slots - 1) short.push(`${id}: ${polls.length} of ${slots}`);
    }
    await checkGood(`${folder}/records`, (await fleet.report()).devices);
    const [first, last] = [feet[0], feet.at(-1)];
    result = {
      late,
      slotP99s: [...bySlot.values()].map((one) => quantile(one, 0.99)),
      short,
      fleetLagMs: report.ownLagP99Ms,
      feet,
      cpuShare: 1_000 * ((last?.cpuSeconds ?? 0) - (first?.cpuSeconds ?? 0)) /
        (toMs - fromMs),
      log: agent.log,
      fromMs,
      downs: Object.values(report.devices).reduce((sum, { downs }) => sum + downs, 0),
    };
  });
  if (result === undefined) throw new Error("the run gave nothing");
  return result;
}

/** Every poll that a good device answered became one record, with its values. */
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
    // The very last may have been asked for and abandoned at the end.
    const served = devices[id]?.polls.length ?? 0;
    ok(served - (last.get(id) ?? 0) <= 1, `${id}: ${last.get(id)} of ${served}`);
  }
}

/** The most lines that any device has in any minute after the warm-up, and whose. */
function linesAMinute(log: readonly LogLine[], fromMs: number): string[] {
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

Deno.test("of 200 devices 50 in trouble leave the others on their grid, and the agent its size", async () => {
  await ensureBinary();
  for (let look = 1;; look++) {
    const alone = await run(GOOD, BASELINE_MS);
    const loaded = await run(
      [...GOOD, ...TROUBLED],
      look === 1 ? LOADED_MS : BASELINE_MS,
    );
    for (
      const [name, one] of [["alone", alone], ["among the troubled", loaded]] as const
    ) {
      const [p50, p99] = [0.5, 0.99].map((share) =>
        quantile(one.late, share).toFixed(1)
      );
      say(
        `${name}: p50 ${p50} ms, p99 ${p99} ms late (the machine's own: p99 ${
          one.fleetLagMs.toFixed(1)
        } ms), typical slot p99 ${quantile(one.slotP99s, 0.5).toFixed(1)} ms, ${
          (100 * one.cpuShare).toFixed(0)
        } % CPU, ${(peak(one, "rssBytes") / 1e6).toFixed(0)} MB, ${
          peak(one, "fileDescriptors")
        } descriptors`,
      );
      deepStrictEqual(one.short, []);
    }
    if (look === 1) {
      ok(loaded.downs > 100, `only ${loaded.downs} times did a device go down`);
      const descriptors = GOOD.length + TROUBLED.length + OTHER_DESCRIPTORS_MAX;
      ok(peak(loaded, "fileDescriptors") <= descriptors);
      ok(peak(loaded, "rssBytes") < RSS_MAX_BYTES);
      const half = loaded.feet.length >> 1;
      const halves = [loaded.feet.slice(0, half), loaded.feet.slice(half)]
        .map((feet) => quantile(feet.map(({ rssBytes }) => rssBytes), 0.5));
      ok((halves[1] ?? 0) - (halves[0] ?? 0) < GROWTH_MAX_BYTES, "the memory grows");
      deepStrictEqual(linesAMinute(loaded.log, loaded.fromMs), []);
    }
    // A busy machine holds up whole slots, so the typical one counts; and what it
    // does to the fleet's own timers it does to the agent's.
    const noiseMs = Math.max(0, loaded.fleetLagMs - IDLE_LAG_MS);
    const typicalMs = quantile(loaded.slotP99s, 0.5);
    if (typicalMs < LATE_MAX_MS + noiseMs) return;
    ok(look < LOOKS_MAX, `in a typical slot the p99 is ${typicalMs} ms late`);
  }
});

function peak({ feet }: Run, of: keyof Footprint): number {
  return Math.max(...feet.map((foot) => foot[of]));
}
