import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../base/random.ts";
import { createFakeClock, type FakeClock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ModbusLink, OpenLink } from "./connection.ts";
import { createPaceFinder } from "./pause_detector.ts";
import type { ModbusSession, Pace, ReadRequest } from "./reader.ts";
import { createSounder } from "./resynchronisation.ts";
import { WAITING_MAX } from "./request_queue.ts";
import { BUSY_RETRIES, createSession, RECONNECT_RETRIES } from "./session.ts";

const NEVER = new AbortController().signal;
const TIMEOUT_MS = 1_000;
/** Long enough for everything that is bounded to have ended. */
const LONG_MS = 600_000;

Deno.test("requests go out one at a time, in the order they came, with the gap between", async () => {
  const play = stage({ answerMs: 10 }, { gapMs: 50 });
  const reads = [1, 2, 3, 1, 2, 3].map((unitId) => play.read(unitId));
  await play.clock.advance(LONG_MS);
  ok((await Promise.all(reads)).every((answer) => answer.ok));
  deepStrictEqual(play.sent.map((one) => one.unitId), [1, 2, 3, 1, 2, 3]);
  deepStrictEqual(play.sent.map((one) => one.atMs), [0, 60, 120, 180, 240, 300]);
  strictEqual(play.opened, 1);
});

Deno.test("a device that needs a rest after a connect has it, after each, and nobody is asked meanwhile", async () => {
  const play = stage({ answerMs: 10, closesAfter: 2 }, { connectGapMs: 500 });
  const reads = [1, 2, 3, 4].map((unitId) => play.read(unitId));
  await play.clock.advance(5_000);
  deepStrictEqual((await Promise.all(reads)).map(kindOf), ["ok", "ok", "ok", "ok"]);
  deepStrictEqual(play.sent.map(({ atMs }) => atMs), [500, 510, 1_020, 1_030]);
  const cut = play.read(5);
  await play.clock.advance(100);
  await play.session.disconnect();
  await play.clock.advance(5_000);
  strictEqual(kindOf(await cut), "closed");
  strictEqual(play.open, 0);
});

Deno.test("a silent unit costs the others one deadline and one reconnect, and no failure", async () => {
  const play = stage({ answerMs: 10, silentUnits: [2], connectMs: 30 });
  const reads = [2, 1, 3, 4].map((unitId) => play.read(unitId));
  await play.clock.advance(LONG_MS);
  const answers = await Promise.all(reads);
  deepStrictEqual(answers.map((answer) => answer.ok), [false, true, true, true]);
  strictEqual(play.opened, 2);
  // The wait in line is not part of anyone's deadline.
  deepStrictEqual(play.sent.map((one) => one.atMs), [30, 1_060, 1_070, 1_080]);
});

Deno.test("a request whose wait is aborted leaves the others alone and is never sent", async () => {
  const play = stage({ answerMs: 100 });
  const abort = new AbortController();
  const first = play.read(1);
  const second = play.session.read(request(2), abort.signal);
  const third = play.read(3);
  await play.clock.advance(50);
  const gone = rejects(second, /not now/);
  abort.abort(new Error("not now"));
  await gone;
  await play.clock.advance(LONG_MS);
  ok((await first).ok && (await third).ok);
  deepStrictEqual(play.sent.map((one) => one.unitId), [1, 3]);
});

Deno.test("a request aborted under way is carried to its end, so the connection stays", async () => {
  const play = stage({ answerMs: 100 });
  const abort = new AbortController();
  const first = play.session.read(request(1), abort.signal);
  const second = play.read(2);
  await play.clock.advance(50);
  const gone = rejects(first, /not now/);
  abort.abort(new Error("not now"));
  await gone;
  await play.clock.advance(LONG_MS);
  ok((await second).ok);
  strictEqual(play.opened, 1);
  deepStrictEqual(play.sent.map((one) => one.atMs), [0, 100]);
});

Deno.test("a failed connect is the fault of all that wait for it, at once", async () => {
  const play = stage({ answerMs: 10, refuse: () => "timeout", connectMs: 500 });
  const reads = [1, 2, 3].map((unitId) => play.read(unitId));
  await play.clock.advance(500);
  for (const answer of await Promise.all(reads)) {
    ok(!answer.ok && answer.fault.kind === "unreachable");
  }
  strictEqual(play.attempts, 1);
});

Deno.test("a refusal right after a time-out is tried again, a named number of times", async () => {
  const refused = stage({
    answerMs: 10,
    silentUnits: [2],
    refuse: (attempt) => attempt > 1 ? "refused" : undefined,
  });
  const reads = [refused.read(2), refused.read(1)];
  await refused.clock.advance(LONG_MS);
  deepStrictEqual((await Promise.all(reads)).map(kindOf), ["timeout", "unreachable"]);
  strictEqual(refused.attempts, 2 + RECONNECT_RETRIES);

  const recovered = stage({
    answerMs: 10,
    silentUnits: [2],
    refuse: (attempt) => attempt === 2 ? "refused" : undefined,
  });
  const others = [recovered.read(2), recovered.read(1)];
  await recovered.clock.advance(LONG_MS);
  deepStrictEqual((await Promise.all(others)).map(kindOf), ["timeout", "ok"]);
});

Deno.test("a busy device is asked again a named number of times, others first", async () => {
  const play = stage({ answerMs: 10, busyUnits: [5] });
  const busy = play.read(5);
  const other = play.read(1);
  await play.clock.advance(LONG_MS);
  strictEqual(kindOf(await busy), "exception");
  ok((await other).ok);
  const units = play.sent.map((one) => one.unitId);
  strictEqual(units.filter((unit) => unit === 5).length, 1 + BUSY_RETRIES);
  deepStrictEqual(units.slice(0, 2), [5, 1]);
  strictEqual(play.opened, 1);
});

Deno.test("a connection that the device closed is opened again once, within the deadline", async () => {
  const play = stage({ answerMs: 10, closesAfter: 1 });
  for (let round = 0; round < 5; round++) {
    const read = play.read(1);
    await play.clock.advance(5_000);
    ok((await read).ok, `round ${round}`);
  }
  strictEqual(play.opened, 5);
  const never = stage({ answerMs: 10, closesAfter: 0 });
  const read = never.read(1);
  await never.clock.advance(LONG_MS);
  strictEqual(kindOf(await read), "closed");
  ok(never.opened <= 2);
});

Deno.test("what a unit says after its answer is no fault of the next unit, and is its own", async () => {
  const play = stage({ answerMs: 10, babblingUnits: [2] });
  const reads = [2, 1, 3, 2, 2].map((unitId) => play.read(unitId));
  await play.clock.advance(LONG_MS);
  const kinds = (await Promise.all(reads)).map(kindOf);
  deepStrictEqual(kinds, ["ok", "ok", "ok", "ok", "protocol"]);
  deepStrictEqual(play.sent.map((one) => one.unitId), [2, 1, 1, 3, 2, 2]);
  strictEqual(play.opened, 2);
});

Deno.test("disconnect() ends what waits and what is under way; the next read connects anew", async () => {
  const play = stage({ answerMs: 100 });
  const reads = [play.read(1), play.read(2)];
  await play.clock.advance(50);
  await play.session.disconnect();
  deepStrictEqual((await Promise.all(reads)).map(kindOf), ["closed", "closed"]);
  await play.clock.advance(LONG_MS);
  strictEqual(play.open, 0);
  const next = play.read(1);
  await play.clock.advance(LONG_MS);
  ok((await next).ok);
  strictEqual(play.opened, 2);
});

Deno.test("disconnect() during a connect leaves no connection behind", async () => {
  const play = stage({ answerMs: 10, connectMs: 100 });
  const connecting = play.session.connect(NEVER);
  const joined = play.session.connect(NEVER);
  await play.clock.advance(50);
  await play.session.disconnect();
  await play.clock.advance(LONG_MS);
  deepStrictEqual([kindOf(await connecting), kindOf(await joined)], [
    "closed",
    "closed",
  ]);
  strictEqual(play.open, 0);
  strictEqual(play.attempts, 1);
});

Deno.test("the line is bounded", async () => {
  const play = stage({ answerMs: 1 });
  const reads = Array.from({ length: WAITING_MAX + 5 }, () => play.read(1));
  await play.clock.advance(LONG_MS);
  const kinds = (await Promise.all(reads)).map(kindOf);
  strictEqual(kinds.filter((kind) => kind === "closed").length, 5);
  strictEqual(play.sent.length, WAITING_MAX);
});

Deno.test("what is no read is a bug and never leaves", async () => {
  const play = stage({ answerMs: 1 });
  for (
    const wrong of [
      { functionCode: 16 as 3 },
      { functionCode: 6 as 3 },
      { count: 0 },
      { count: 126 },
      { address: 65_536 },
      { address: 65_535, count: 2 },
      { unitId: 256 },
      { unitId: 1.5 },
      { timeoutMs: Infinity },
      { timeoutMs: 0 },
    ]
  ) {
    await rejects(play.session.read({ ...request(1), ...wrong }, NEVER), RangeError);
  }
  strictEqual(play.sent.length, 0);
});

Deno.test("whatever units do, every read ends, well units are read well, one connection at most", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(6), { maxLength: 40 }),
      fc.nat(4),
      fc.nat(60),
      async (units, closesEvery, gapMs) => {
        const play = stage({
          answerMs: 10,
          silentUnits: [2, 4],
          busyUnits: [5],
          ...(closesEvery > 0 ? { closesAfter: closesEvery } : {}),
        }, { gapMs });
        const reads = units.map((unitId) => play.read(unitId));
        await play.clock.advance(LONG_MS);
        const kinds = (await Promise.all(reads)).map(kindOf);
        units.forEach((unit, at) => {
          const expected = unit === 2 || unit === 4
            ? "timeout"
            : unit === 5
            ? "exception"
            : "ok";
          strictEqual(kinds[at], expected, `unit ${unit}`);
        });
        ok(play.openMost <= 1);
      },
    ),
    { numRuns: 100 },
  );
});

interface Script {
  readonly answerMs: number;
  readonly connectMs?: number;
  readonly silentUnits?: readonly number[];
  readonly busyUnits?: readonly number[];
  /** They send rubbish after their answer. */
  readonly babblingUnits?: readonly number[];
  /** The device closes a connection when the request after this many comes. */
  readonly closesAfter?: number;
  readonly refuse?: (attempt: number) => "refused" | "timeout" | undefined;
}

interface Stage {
  readonly clock: FakeClock;
  readonly session: ModbusSession;
  readonly sent: { readonly unitId: number; readonly atMs: number }[];
  readonly attempts: number;
  readonly opened: number;
  readonly open: number;
  readonly openMost: number;
  read(unitId: number): Promise<Result<Uint16Array, ModbusFault>>;
}

/** A session over played connections, in played time. */
function stage(script: Script, pace: Partial<Pace> = {}): Stage {
  const clock = createFakeClock({ wallMs: 0 });
  const sent: { unitId: number; atMs: number }[] = [];
  const links = new Set<object>();
  let attempts = 0;
  let opened = 0;
  let openMost = 0;

  const openLink: OpenLink = async (target, signal) => {
    attempts++;
    await clock.sleep(script.connectMs ?? 0.001, signal);
    const why = script.refuse?.(attempts);
    const address = `${target.ip}:${target.port}`;
    if (why !== undefined) return bad({ kind: "unreachable", address, why });
    opened++;
    const link = createPlayedLink(script, clock, sent, () => links.delete(link));
    links.add(link);
    openMost = Math.max(openMost, links.size);
    return good(link);
  };
  const session = createSession({
    ip: "10.0.0.1",
    port: 502,
    pace: () => ({ gapMs: 0, connectTimeoutMs: 2_000, ...pace }),
    openLink,
    finder: createPaceFinder(),
    sounder: createSounder(),
    clock,
    chance: createSeededRandom(1),
  });
  return {
    clock,
    session,
    sent,
    get attempts() {
      return attempts;
    },
    get opened() {
      return opened;
    },
    get open() {
      return links.size;
    },
    get openMost() {
      return openMost;
    },
    read: (unitId) => session.read(request(unitId), NEVER),
  };
}

function createPlayedLink(
  script: Script,
  clock: FakeClock,
  sent: { unitId: number; atMs: number }[],
  closed: () => void,
): ModbusLink {
  const life = new AbortController();
  let carried = 0;
  let rubbish = false;
  const destroy = (): void => {
    closed();
    life.abort();
  };
  return {
    get alive() {
      return !life.signal.aborted;
    },
    get used() {
      return carried > 0;
    },
    async exchange({ unitId, timeoutMs }) {
      if (life.signal.aborted || carried === script.closesAfter) {
        destroy();
        return bad({ kind: "closed", detail: "played" });
      }
      sent.push({ unitId, atMs: Math.round(clock.monotonicMs()) });
      if (rubbish) {
        destroy();
        return bad({ kind: "protocol", detail: "played" });
      }
      const silent = script.silentUnits?.includes(unitId) === true;
      try {
        await clock.sleep(silent ? timeoutMs : script.answerMs, life.signal);
      } catch {
        return bad({ kind: "closed", detail: "played" });
      }
      if (silent) {
        destroy();
        return bad({ kind: "timeout", elapsedMs: timeoutMs });
      }
      carried++;
      rubbish = script.babblingUnits?.includes(unitId) === true;
      return script.busyUnits?.includes(unitId) === true
        ? bad({ kind: "exception", code: 6 })
        : good(Uint16Array.of(unitId));
    },
    destroy,
  };
}

function request(unitId: number): ReadRequest {
  return { unitId, functionCode: 3, address: 0, count: 1, timeoutMs: TIMEOUT_MS };
}

function kindOf(answer: Result<unknown, ModbusFault>): string {
  return answer.ok ? "ok" : answer.fault.kind;
}
