/**
 * A device that does everything wrong, at an agent that polls others beside it:
 * no wrong value, no hang, no memory, and nobody else feels it.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type AgentProcess,
  inFolder,
  pause,
  startAgent,
  untilTrue,
} from "../../src/testing/agent/agent.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  type Fleet,
  type FleetDevice,
  footprintOf,
  latenessOf,
  quantile,
  say,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { pollOf } from "../../src/testing/agent/fleet_image.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";
import { AMBUSHES, ATTACKS, flood } from "./hostile_attacks.ts";
import {
  type Armed,
  HOSTILE_UNIT,
  type HostileDevice,
  SIBLING_UNIT,
  startHostileDevice,
} from "./hostile_device.ts";

const INTERVAL_MS = 400;
const TIMEOUT_MS = 250;
/** What timers of a busy test machine may add to a deadline. */
const GRACE_MS = 400;
/** Devices at other addresses are polled more often, so that there is much to compare. */
const OTHER_INTERVAL_MS = 250;
const OTHERS: readonly FleetDevice[] = Array.from({ length: 8 }, (_, at) => ({
  id: `other-${at}`,
  unitId: 3,
  kind: "good",
}));
/** How long nothing is attacked after a good poll, to have something to compare with. */
const CALM_MS = 300;
/** The unit beside the hostile one. */
const SIBLING = "sibling";
/** The deadline of well devices is no part of this, so that a busy machine does not make them fail. */
const WELL_TIMEOUT_MS = 3_000;
/** What an attack may add to the lateness of others. */
const LATE_MAX_MS = 5;
/** A noisy machine gets a second look. */
const LOOKS_MAX = 2;
/** A busy machine may cost a slot now and then. */
const SLOTS_SHARE_MIN = 0.95;
/** The agent says once a minute how often each device failed. */
const HEARTBEAT_MS = 60_000;
const FLOODS = 8;
const GROWTH_MAX_BYTES = 40_000_000;

/** A span of time, wall clock in ms. */
type Span = readonly [fromMs: number, toMs: number];

/** What happened, as seen from outside the agent. */
interface Course {
  readonly attacked: Span[];
  readonly calm: Span[];
  /** Attacks after which the agent held on for longer than its deadline. */
  readonly clung: string[];
  /** The poll that followed each attack. */
  readonly next: {
    readonly what: string;
    readonly id: string;
    readonly poll: number;
  }[];
}

Deno.test("a hostile device harms nobody, and is polled rightly after each attack", () =>
  inFolder(async (folder) => {
    await ensureBinary();
    await using fleet = await startFleet(OTHERS);
    const shared = startHostileDevice({
      id: "shared",
      hostile: 501,
      sibling: 502,
    });
    const lonely = startHostileDevice({ id: "lonely", hostile: 503 });
    const table = (id: string, port: number, unitId: number, timeoutMs: number) => ({
      id,
      host: "127.0.0.1",
      port,
      ["unit_ids"]: [unitId],
      ["interval_ms"]: INTERVAL_MS,
      ["timeout_ms"]: timeoutMs,
      // So that a poll takes two reads: the inverter's and its strings'.
      ["registers_per_read_max"]: 80,
    });
    const devices = [
      table(shared.id, shared.port, HOSTILE_UNIT, TIMEOUT_MS),
      table(SIBLING, shared.port, SIBLING_UNIT, WELL_TIMEOUT_MS),
      table(lonely.id, lonely.port, HOSTILE_UNIT, TIMEOUT_MS),
      ...fleet.tables(() => ({
        ["interval_ms"]: OTHER_INTERVAL_MS,
        ["timeout_ms"]: WELL_TIMEOUT_MS,
      })),
    ];
    const course: Course = { attacked: [], calm: [], clung: [], next: [] };
    try {
      await using agent = await startAgent({
        folder,
        config: { devices },
        build: "binary",
      });
      await untilTrue("all online", () => onlineIn(agent) === devices.length);
      await pause(2_000);
      const fromMs = Date.now();
      const before = await restingRss(agent);
      for (let look = 1;; look++) {
        await attackAll(shared, course);
        const late = await latenessOfOthers(fleet, course);
        say(`others, attacked / calm: ${late.text}`);
        if (late.medianMs < LATE_MAX_MS && late.tailMs < LATE_MAX_MS + late.noiseMs) {
          break;
        }
        ok(look < LOOKS_MAX, `others are later: ${late.text}`);
      }
      await floodOften(shared, course);
      const after = await restingRss(agent);
      say(`memory before and after the floods: ${before} and ${after} bytes`);
      ok(after - before < GROWTH_MAX_BYTES);
      checkSibling(shared, [fromMs, Date.now()]);
      await ambushAll(lonely, course);
      await pause(HEARTBEAT_MS - Date.now() % HEARTBEAT_MS + 2_500);
      deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      strictEqual(agent.noise, "");
    } finally {
      await Promise.all([shared.close(), lonely.close()]);
    }
    deepStrictEqual(course.clung, []);
    const report = await fleet.report();
    await checkRecords(`${folder}/records`, course, {
      [shared.id]: shared.polls(HOSTILE_UNIT),
      [SIBLING]: shared.polls(SIBLING_UNIT),
      [lonely.id]: lonely.polls(HOSTILE_UNIT),
      ...Object.fromEntries(
        Object.entries(report.devices).map(([id, { polls }]) => [id, polls]),
      ),
    });
  }));

/** Lets an attack happen, and waits for the next good poll. */
async function round(
  what: string,
  device: HostileDevice,
  arm: () => Armed,
  course: Course,
  times = 1,
): Promise<void> {
  const beganMs = Date.now();
  const armed = arm();
  await untilTrue(`${what}: fired`, () => armed.fired >= times);
  armed.disarm();
  const { wholes } = device;
  await untilTrue(`${what}: polled again`, () => device.wholes > wholes);
  const calmMs = Date.now();
  course.attacked.push([beganMs, calmMs]);
  course.next.push({ what, id: device.id, poll: device.polls(HOSTILE_UNIT).length });
  if (armed.heldMs > TIMEOUT_MS + GRACE_MS) {
    course.clung.push(`${what}: held on for ${Math.round(armed.heldMs)} ms`);
  }
  await pause(CALM_MS);
  course.calm.push([calmMs, Date.now()]);
}

async function attackAll(device: HostileDevice, course: Course): Promise<void> {
  for (const [at, { what, attack }] of ATTACKS.entries()) {
    const aim = at % 2 === 0 ? "first" : "second";
    const arm = (): Armed => device.arm((scene) => attack(scene, TIMEOUT_MS), aim, 1);
    await round(`a unit that ${what}`, device, arm, course);
  }
}

async function floodOften(device: HostileDevice, course: Course): Promise<void> {
  for (let nth = 0; nth < FLOODS; nth++) {
    const chunk = new Uint8Array(65_536).fill(nth);
    const arm = (): Armed =>
      device.arm(({ connection }) => flood(connection, chunk), "first", 1);
    await round("flood after flood", device, arm, course);
  }
}

/** The whole address misbehaves, so nobody stands beside it. */
async function ambushAll(device: HostileDevice, course: Course): Promise<void> {
  for (const { what, attack } of AMBUSHES) {
    const arm = (): Armed => {
      const armed = device.ambush(attack);
      // The connection that is up must go before another is made.
      device.arm(({ connection }) => Promise.resolve(connection.close()), "any", 1);
      return armed;
    };
    await round(`an address that ${what}`, device, arm, course, 2);
  }
  const arm = (): Armed => device.arm(() => Promise.resolve(), "any");
  await round("an address that accepts and hangs", device, arm, course, 4);
}

/** How much later the devices at other addresses are polled. */
interface Added {
  readonly medianMs: number;
  /** At the 95th percentile. */
  readonly tailMs: number;
  /** What the machine itself adds to tails; nothing if it is idle. */
  readonly noiseMs: number;
  readonly text: string;
}

/**
 * Compares the polls of others while one device is attacked with those while
 * none is. Both are measured in turn, some hundred ms each, so that the
 * machine's noise is in both; but a tail of few polls is a matter of luck on a
 * busy machine, so there its limit is wider by how late the timers of the
 * fleet's own process are.
 */
async function latenessOfOthers(
  fleet: Fleet,
  { attacked, calm }: Course,
): Promise<Added> {
  const { devices, ownLagP99Ms } = await fleet.report();
  const within = (spans: readonly Span[]): number[] =>
    OTHERS.flatMap(({ id }) =>
      latenessOf(
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

/** The unit beside it waits for a deadline at most, and loses no slot. */
function checkSibling(device: HostileDevice, span: Span): void {
  const polls = device.polls(SIBLING_UNIT).filter((ms) => isWithin(ms, [span]));
  const late = latenessOf(SIBLING, INTERVAL_MS, polls);
  const slots = Math.floor((span[1] - span[0]) / INTERVAL_MS);
  say(
    `beside: ${polls.length} polls in ${slots} slots, p95 ${
      quantile(late, 0.95).toFixed(0)
    } ms late, at most ${quantile(late, 1).toFixed(0)} ms`,
  );
  ok(
    polls.length >= SLOTS_SHARE_MIN * slots,
    `${polls.length} polls in ${slots} slots`,
  );
  ok(quantile(late, 0.9) < TIMEOUT_MS + 50);
}

/** Every record's values are those of the poll that it was sampled by; there is one of each poll that followed an attack. */
async function checkRecords(
  folder: string,
  { next }: Course,
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
    // A read that is asked once more on a fresh connection counts twice there.
    const beforeMs = polls[id]?.[poll - 3] ?? 0;
    ok(
      sampledMs <= servedMs + 3 && sampledMs > beforeMs - 3,
      `${id}: sampled at ${sampledMs}, poll ${poll} was served at ${servedMs}`,
    );
    ok(!recorded.has(`${id} ${poll}`), `${id}: poll ${poll} gave two records`);
    recorded.add(`${id} ${poll}`);
  }
  // What the hostile unit did is nobody's failure but its own.
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
    failed >= ATTACKS.length / 2,
    `${failed} failures of ${ATTACKS.length} attacks`,
  );
  for (const { what, id, poll } of next) {
    ok(recorded.has(`${id} ${poll}`), `no record of the poll after ${what}`);
  }
}

/** How often each device failed, by a heartbeat. */
function failuresIn(
  record: Readonly<Record<string, unknown>> | undefined,
): (readonly [id: string, failures: number])[] {
  const heartbeat = record?.["heartbeat"] as
    | { readonly devices: readonly Readonly<Record<string, unknown>>[] }
    | undefined;
  ok(heartbeat !== undefined, "no heartbeat came");
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

/** The median of some looks at the memory. */
async function restingRss({ pid }: AgentProcess): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 10; look++) {
    looks.push(footprintOf(pid).rssBytes);
    await pause(100);
  }
  return quantile(looks, 0.5);
}
