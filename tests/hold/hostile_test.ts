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
} from "../support/agent.ts";
import { ensureBinary } from "../support/agent_program.ts";
import {
  type Fleet,
  type FleetDevice,
  footprintOf,
  latenessOf,
  quantile,
  say,
  startFleet,
} from "../support/fleet.ts";
import { pollOf } from "../support/fleet_image.ts";
import { checkFiles } from "../support/stream_check.ts";
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
/** What an attack may add to the lateness of others. */
const LATE_MAX_MS = 5;
/** A noisy machine gets a second look. */
const LOOKS_MAX = 2;
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
      id: `shared-${HOSTILE_UNIT}`,
      hostile: 501,
      sibling: 502,
    });
    const lonely = startHostileDevice({ id: "lonely", hostile: 503 });
    const table = (id: string, port: number, unitIds: readonly number[]) => ({
      id,
      host: "127.0.0.1",
      port,
      ["unit_ids"]: unitIds,
      ["interval_ms"]: INTERVAL_MS,
      ["timeout_ms"]: TIMEOUT_MS,
    });
    const devices = [
      table("shared", shared.port, [HOSTILE_UNIT, SIBLING_UNIT]),
      table("lonely", lonely.port, [HOSTILE_UNIT]),
      ...fleet.tables(() => ({
        ["interval_ms"]: OTHER_INTERVAL_MS,
        ["timeout_ms"]: OTHER_INTERVAL_MS - 10,
      })),
    ];
    const course: Course = { attacked: [], calm: [], clung: [], next: [] };
    try {
      await using agent = await startAgent({
        folder,
        config: { devices },
        build: "binary",
      });
      await untilTrue("all online", () => onlineIn(agent) === devices.length + 1);
      await pause(2_000);
      const fromMs = Date.now();
      const before = await restingRss(agent);
      for (let look = 1;; look++) {
        await attackAll(shared, course);
        const late = await latenessOfOthers(fleet, course);
        say(`others, attacked / calm: ${late.text}`);
        if (late.addedMs < LATE_MAX_MS) break;
        ok(look < LOOKS_MAX, `others are ${late.addedMs} ms later`);
      }
      await floodOften(shared, course);
      const after = await restingRss(agent);
      say(`memory before and after the floods: ${before} and ${after} bytes`);
      ok(after - before < GROWTH_MAX_BYTES);
      checkSibling(agent, shared, [fromMs, Date.now()]);
      await ambushAll(lonely, course);
      deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      strictEqual(agent.noise, "");
    } finally {
      await Promise.all([shared.close(), lonely.close()]);
    }
    deepStrictEqual(course.clung, []);
    const report = await fleet.report();
    await checkRecords(`${folder}/records`, course, {
      [`shared-${HOSTILE_UNIT}`]: shared.polls(HOSTILE_UNIT),
      [`shared-${SIBLING_UNIT}`]: shared.polls(SIBLING_UNIT),
      lonely: lonely.polls(HOSTILE_UNIT),
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

/**
 * How much later the devices at other addresses are polled while one is
 * attacked than while none is: the larger of the differences of the medians and
 * of the 95th percentiles. Both are measured in turn, some hundred ms each, so
 * that the machine's noise is in both.
 */
async function latenessOfOthers(
  fleet: Fleet,
  { attacked, calm }: Course,
): Promise<{ readonly addedMs: number; readonly text: string }> {
  const { devices } = await fleet.report();
  const within = (spans: readonly Span[]): number[] =>
    OTHERS.flatMap(({ id }) =>
      latenessOf(
        id,
        OTHER_INTERVAL_MS,
        (devices[id]?.polls ?? []).filter((ms) => isWithin(ms, spans)),
      )
    );
  const [during, else_] = [within(attacked), within(calm)];
  ok(during.length > 300 && else_.length > 150, "too few polls to compare");
  const pairs = [0.5, 0.95, 0.99].map((share) =>
    [share, quantile(during, share), quantile(else_, share)] as const
  );
  return {
    addedMs: Math.max(...pairs.slice(0, 2).map(([, one, other]) => one - other)),
    text: `${
      pairs.map(([share, one, other]) =>
        `p${100 * share} ${one.toFixed(1)} / ${other.toFixed(1)} ms`
      ).join(", ")
    } (${during.length} / ${else_.length} polls)`,
  };
}

/** The unit beside it is not held to be at fault, and waits a deadline at most. */
function checkSibling(agent: AgentProcess, device: HostileDevice, span: Span): void {
  const id = `${device.id.split("-")[0]}-${SIBLING_UNIT}`;
  const blamed = agent.log.filter((line) =>
    line["device"] === id && line["level"] === "warning"
  );
  deepStrictEqual(blamed, [], "the unit beside it was held to be at fault");
  const polls = device.polls(SIBLING_UNIT).filter((ms) => isWithin(ms, [span]));
  const late = latenessOf(id, INTERVAL_MS, polls);
  const slots = Math.floor((span[1] - span[0]) / INTERVAL_MS);
  say(
    `beside: ${polls.length} polls in ${slots} slots, p95 ${
      quantile(late, 0.95).toFixed(0)
    } ms late, at most ${quantile(late, 1).toFixed(0)} ms`,
  );
  ok(polls.length >= slots - 1, `${polls.length} polls in ${slots} slots`);
  ok(quantile(late, 0.95) < TIMEOUT_MS + 50);
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
    const beforeMs = polls[id]?.[poll - 2] ?? 0;
    ok(
      sampledMs <= servedMs + 3 && sampledMs > beforeMs - 3,
      `${id}: sampled at ${sampledMs}, poll ${poll} was served at ${servedMs}`,
    );
    ok(!recorded.has(`${id} ${poll}`), `${id}: poll ${poll} gave two records`);
    recorded.add(`${id} ${poll}`);
  }
  for (const { what, id, poll } of next) {
    ok(recorded.has(`${id} ${poll}`), `no record of the poll after ${what}`);
  }
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
