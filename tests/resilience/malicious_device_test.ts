/**
 * A malicious device beside healthy ones: no wrong value, no hang, no memory growth,
 * and no effect on the other devices.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type AgentProcess,
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  type Fleet,
  type FleetDevice,
  quantile,
  slotLatenessMs,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { pollOf } from "../../src/testing/agent/fleet_image.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";
import {
  CONNECTION_ATTACKS,
  flood,
  REQUEST_ATTACKS,
} from "./malicious_device_attacks.ts";
import {
  type ArmedAttack,
  MALICIOUS_UNIT,
  type MaliciousDevice,
  SIBLING_UNIT,
  startMaliciousDevice,
} from "./malicious_device.ts";
import { processUsage } from "../../src/testing/agent/process_usage.ts";
import { pause } from "../../src/testing/pause.ts";
import { printLine } from "../../src/testing/print_line.ts";

const INTERVAL_MS = 400;
const TIMEOUT_MS = 250;
/** Tolerance of deadlines: against hangs. */
const GRACE_MS = 4_000;
/** Devices at other addresses are polled more often, for more samples. */
const OTHER_INTERVAL_MS = 250;
const OTHERS: readonly FleetDevice[] = Array.from({ length: 8 }, (_, at) => ({
  id: `other-${at}`,
  unitId: 3,
  kind: "good",
}));
/** Pause after a successful poll, for samples without attack. */
const CALM_MS = 300;
/** Device id of the healthy unit at the address of the malicious one. */
const SIBLING = "sibling";
/** Timeout of healthy devices: long, so that a busy machine does not make them fail. */
const HEALTHY_TIMEOUT_MS = 3_000;
/** Maximum lateness that an attack may add to other devices; detects hangs: ten times the usual value. */
const LATE_MAX_MS = 150;
/** Share of slots polled; a busy machine may miss some. */
const SLOTS_SHARE_MIN = 0.95;
/** Heartbeats count each device's failures once a minute. */
const HEARTBEAT_MS = 60_000;
const FLOODS = 8;
const GROWTH_MAX_BYTES = 40_000_000;

/** A span of time, wall clock in ms. */
type Span = readonly [fromMs: number, toMs: number];

/** Observations made outside the agent. */
interface Observations {
  readonly attacked: Span[];
  readonly calm: Span[];
  /** Attacks after which the agent kept the connection longer than its timeout. */
  readonly keptConnections: string[];
  /** The poll that followed each attack. */
  readonly next: {
    readonly what: string;
    readonly id: string;
    readonly poll: number;
  }[];
}

Deno.test("agent: a malicious device does not affect others, and is polled correctly after each attack", () =>
  withTempFolder(async (folder) => {
    await ensureBinary();
    await using fleet = await startFleet(OTHERS);
    const shared = startMaliciousDevice({
      id: "shared",
      malicious: 501,
      sibling: 502,
    });
    const single = startMaliciousDevice({ id: "single", malicious: 503 });
    const table = (id: string, port: number, unitId: number, timeoutMs: number) => ({
      id,
      host: "127.0.0.1",
      port,
      ["unit_ids"]: [unitId],
      ["interval_ms"]: INTERVAL_MS,
      ["timeout_ms"]: timeoutMs,
      // A poll takes two reads: the inverter's and its strings'.
      ["registers_per_read_max"]: 80,
    });
    const devices = [
      table(shared.id, shared.port, MALICIOUS_UNIT, TIMEOUT_MS),
      table(SIBLING, shared.port, SIBLING_UNIT, HEALTHY_TIMEOUT_MS),
      table(single.id, single.port, MALICIOUS_UNIT, TIMEOUT_MS),
      ...fleet.tables(() => ({
        ["interval_ms"]: OTHER_INTERVAL_MS,
        ["timeout_ms"]: HEALTHY_TIMEOUT_MS,
      })),
    ];
    const observations: Observations = {
      attacked: [],
      calm: [],
      keptConnections: [],
      next: [],
    };
    try {
      await using agent = await startAgentProcess({
        folder,
        config: { devices },
        build: "binary",
      });
      await untilTrue("all online", () => onlineIn(agent) === devices.length);
      await pause(2_000);
      const fromMs = Date.now();
      const before = await restingRss(agent);
      await attackRequests(shared, observations);
      const late = await latenessOfOthers(fleet, observations);
      printLine(`others, during / between attacks: ${late.text}`);
      ok(late.medianMs < LATE_MAX_MS, `others are later: ${late.text}`);
      ok(late.tailMs < LATE_MAX_MS + late.noiseMs, `others are later: ${late.text}`);
      await floodRepeatedly(shared, observations);
      const after = await restingRss(agent);
      printLine(`memory before and after the floods: ${before} and ${after} bytes`);
      ok(after - before < GROWTH_MAX_BYTES);
      checkSibling(shared, [fromMs, Date.now()]);
      await attackConnections(single, observations);
      await pause(HEARTBEAT_MS - Date.now() % HEARTBEAT_MS + 2_500);
      deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      strictEqual(agent.noise, "");
    } finally {
      await Promise.all([shared.close(), single.close()]);
    }
    deepStrictEqual(observations.keptConnections, []);
    const report = await fleet.report();
    await checkRecords(`${folder}/records`, observations, {
      [shared.id]: shared.polls(MALICIOUS_UNIT),
      [SIBLING]: shared.polls(SIBLING_UNIT),
      [single.id]: single.polls(MALICIOUS_UNIT),
      ...Object.fromEntries(
        Object.entries(report.devices).map(([id, { polls }]) => [id, polls]),
      ),
    });
  }));

/** Runs an attack, and waits for the next successful poll. */
async function runAttack(
  what: string,
  device: MaliciousDevice,
  arm: () => ArmedAttack,
  observations: Observations,
  times = 1,
): Promise<void> {
  const beganMs = Date.now();
  const armed = arm();
  await untilTrue(`${what}: fired`, () => armed.fired >= times);
  armed.disarm();
  const { correctPolls } = device;
  await untilTrue(`${what}: polled again`, () => device.correctPolls > correctPolls);
  const calmMs = Date.now();
  observations.attacked.push([beganMs, calmMs]);
  observations.next.push({
    what,
    id: device.id,
    poll: device.polls(MALICIOUS_UNIT).length,
  });
  if (armed.connectionKeptMs > TIMEOUT_MS + GRACE_MS) {
    observations.keptConnections.push(
      `${what}: connection kept for ${Math.round(armed.connectionKeptMs)} ms`,
    );
  }
  await pause(CALM_MS);
  observations.calm.push([calmMs, Date.now()]);
}

async function attackRequests(
  device: MaliciousDevice,
  observations: Observations,
): Promise<void> {
  for (const [at, { what, attack }] of REQUEST_ATTACKS.entries()) {
    const aim = at % 2 === 0 ? "first" : "second";
    const arm = (): ArmedAttack =>
      device.arm((scene) => attack(scene, TIMEOUT_MS), aim, 1);
    await runAttack(`a unit that ${what}`, device, arm, observations);
  }
}

async function floodRepeatedly(
  device: MaliciousDevice,
  observations: Observations,
): Promise<void> {
  for (let nth = 0; nth < FLOODS; nth++) {
    const chunk = new Uint8Array(65_536).fill(nth);
    const arm = (): ArmedAttack =>
      device.arm(({ connection }) => flood(connection, chunk), "first", 1);
    await runAttack("flood after flood", device, arm, observations);
  }
}

/** Attacks on every connection of an address without another unit. */
async function attackConnections(
  device: MaliciousDevice,
  observations: Observations,
): Promise<void> {
  for (const { what, attack } of CONNECTION_ATTACKS) {
    const arm = (): ArmedAttack => {
      const armed = device.armConnections(attack);
      // The open connection must be closed before a new one is made.
      device.arm(({ connection }) => Promise.resolve(connection.close()), "any", 1);
      return armed;
    };
    await runAttack(`an address that ${what}`, device, arm, observations, 2);
  }
  const arm = (): ArmedAttack => device.arm(() => Promise.resolve(), "any");
  await runAttack("an address that accepts and hangs", device, arm, observations, 4);
}

/** Lateness that attacks add to the polls of devices at other addresses. */
interface AddedLateness {
  readonly medianMs: number;
  /** At the 95th percentile. */
  readonly tailMs: number;
  /** Share of the machine in the tail; 0 if the machine is idle. */
  readonly noiseMs: number;
  readonly text: string;
}

/**
 * Compares the polls of other devices during attacks with those between attacks. The
 * two alternate every few hundred ms, so that the load of the machine affects both. The
 * tail of few polls still varies on a busy machine; its limit is therefore extended by
 * the lateness of the fleet's own timers.
 */
async function latenessOfOthers(
  fleet: Fleet,
  { attacked, calm }: Observations,
): Promise<AddedLateness> {
  const { devices, ownLagP99Ms } = await fleet.report();
  const within = (spans: readonly Span[]): number[] =>
    OTHERS.flatMap(({ id }) =>
      slotLatenessMs(
        id,
        OTHER_INTERVAL_MS,
        (devices[id]?.polls ?? []).filter((ms) => isWithin(ms, spans)),
      )
    );
  const [during, between] = [within(attacked), within(calm)];
  ok(during.length > 300 && between.length > 150, "too few polls to compare");
  const added = (share: number): number =>
    quantile(during, share) - quantile(between, share);
  const shares = [0.5, 0.95, 0.99].map((share) =>
    `p${100 * share} ${quantile(during, share).toFixed(1)} / ${
      quantile(between, share).toFixed(1)
    } ms`
  );
  return {
    medianMs: added(0.5),
    tailMs: added(0.95),
    noiseMs: ownLagP99Ms < LATE_MAX_MS ? 0 : ownLagP99Ms,
    text: `${shares.join(", ")} (${during.length} / ${between.length} polls; ` +
      `the fleet's own timers: p99 ${ownLagP99Ms.toFixed(1)} ms)`,
  };
}

/** The healthy unit is delayed by at most one timeout, and misses no slot. */
function checkSibling(device: MaliciousDevice, span: Span): void {
  const polls = device.polls(SIBLING_UNIT).filter((ms) => isWithin(ms, [span]));
  const late = slotLatenessMs(SIBLING, INTERVAL_MS, polls);
  const slots = Math.floor((span[1] - span[0]) / INTERVAL_MS);
  printLine(
    `sibling: ${polls.length} polls in ${slots} slots, p95 ${
      quantile(late, 0.95).toFixed(0)
    } ms late, at most ${quantile(late, 1).toFixed(0)} ms`,
  );
  ok(
    polls.length >= SLOTS_SHARE_MIN * slots,
    `${polls.length} polls in ${slots} slots`,
  );
}

/** Every record has the values of its own poll, and each poll after an attack has one record. */
async function checkRecords(
  folder: string,
  { next }: Observations,
  polls: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const { faults, decoded } = await checkFiles(folder);
  deepStrictEqual(faults, []);
  const recorded = new Set<string>();
  for (const { type, record } of decoded) {
    if (type !== "NormalizedInverterData") continue;
    const id = String(record["device_id"]);
    const poll = pollOf(record);
    ok(typeof poll === "number", `${id}: ${poll}`);
    const sampledMs = Number(record["sampled_at"]);
    const servedMs = polls[id]?.[poll - 1] ?? NaN;
    // A read repeated on a new connection counts twice at the device.
    const beforeMs = polls[id]?.[poll - 3] ?? 0;
    ok(
      sampledMs <= servedMs + 3 && sampledMs > beforeMs - 3,
      `${id}: sampled at ${sampledMs}, poll ${poll} was served at ${servedMs}`,
    );
    ok(!recorded.has(`${id} ${poll}`), `${id}: poll ${poll} gave two records`);
    recorded.add(`${id} ${poll}`);
  }
  // Only the malicious unit has failures.
  const failures = failuresIn(
    decoded.findLast(({ record }) => record["event"] === "heartbeat")?.record,
  );
  deepStrictEqual(
    failures.filter(([id]) => id === SIBLING || id.startsWith("other-"))
      .filter(([, count]) => count > 0),
    [],
  );
  const failed = new Map(failures).get("shared") ?? 0;
  ok(
    failed >= REQUEST_ATTACKS.length / 2,
    `${failed} failures of ${REQUEST_ATTACKS.length} attacks`,
  );
  for (const { what, id, poll } of next) {
    ok(recorded.has(`${id} ${poll}`), `no record of the poll after: ${what}`);
  }
}

/** Failures of each device, from a heartbeat. */
function failuresIn(
  record: Readonly<Record<string, unknown>> | undefined,
): (readonly [id: string, failures: number])[] {
  const heartbeat = record?.["heartbeat"] as
    | { readonly devices: readonly Readonly<Record<string, unknown>>[] }
    | undefined;
  ok(heartbeat !== undefined, "no heartbeat arrived");
  return heartbeat.devices.map((device) =>
    [String(device["device_id"]), Number(device["failures"])] as const
  );
}

function isWithin(ms: number, spans: readonly Span[]): boolean {
  return spans.some(([fromMs, toMs]) => ms >= fromMs && ms < toMs);
}

function onlineIn(agent: AgentProcess): number {
  return agent.log.filter(({ event }) => event === "device.online").length;
}

/** The median of several samples of the RSS. */
async function restingRss({ pid }: AgentProcess): Promise<number> {
  const samples: number[] = [];
  for (let nth = 0; nth < 10; nth++) {
    samples.push(processUsage(pid).rssBytes);
    await pause(100);
  }
  return quantile(samples, 0.5);
}
