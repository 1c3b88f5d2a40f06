import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../base/random.ts";
import { createFakeClock, type FakeClock } from "../testing/fake_clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ModbusConnection, OpenConnection } from "./connection.ts";
import { createPauseDetector } from "./pause_detector.ts";
import type { ConnectionOptions, ModbusSession, ReadRequest } from "./reader.ts";
import { createResynchroniser } from "./resynchronisation.ts";
import { QUEUED_REQUESTS_MAX } from "./request_queue.ts";
import { BUSY_RETRIES, createSession, RECONNECT_RETRIES } from "./session.ts";

const NEVER = new AbortController().signal;
const TIMEOUT_MS = 1_000;
/** Longer than every time limit of a session. */
const LONG_MS = 600_000;

Deno.test("read() sends one request at a time, first in, first out, with the configured gap", async () => {
  const setup = setUp({ answerMs: 10 }, { gapMs: 50 });
  const reads = [1, 2, 3, 1, 2, 3].map((unitId) => setup.read(unitId));
  await setup.clock.advance(LONG_MS);
  ok((await Promise.all(reads)).every((answer) => answer.ok));
  deepStrictEqual(setup.sent.map((one) => one.unitId), [1, 2, 3, 1, 2, 3]);
  deepStrictEqual(setup.sent.map((one) => one.atMs), [0, 60, 120, 180, 240, 300]);
  strictEqual(setup.opened, 1);
});

Deno.test("read() sends no request during the pause after each connect", async () => {
  const setup = setUp({ answerMs: 10, closesAfter: 2 }, { connectGapMs: 500 });
  const reads = [1, 2, 3, 4].map((unitId) => setup.read(unitId));
  await setup.clock.advance(5_000);
  deepStrictEqual((await Promise.all(reads)).map(kindOf), ["ok", "ok", "ok", "ok"]);
  deepStrictEqual(setup.sent.map(({ atMs }) => atMs), [500, 510, 1_020, 1_030]);
  const cut = setup.read(5);
  await setup.clock.advance(100);
  await setup.session.disconnect();
  await setup.clock.advance(5_000);
  strictEqual(kindOf(await cut), "closed");
  strictEqual(setup.open, 0);
});

Deno.test("an unresponsive unit costs the others one deadline and one reconnect, but no failure", async () => {
  const setup = setUp({ answerMs: 10, silentUnits: [2], connectMs: 30 });
  const reads = [2, 1, 3, 4].map((unitId) => setup.read(unitId));
  await setup.clock.advance(LONG_MS);
  const answers = await Promise.all(reads);
  deepStrictEqual(answers.map((answer) => answer.ok), [false, true, true, true]);
  strictEqual(setup.opened, 2);
  // The time in the queue does not count against the deadline.
  deepStrictEqual(setup.sent.map((one) => one.atMs), [30, 1_060, 1_070, 1_080]);
});

Deno.test("renew() opens a new connection for the next request and fails none", async () => {
  const setup = setUp({ answerMs: 100, connectMs: 30 });
  const first = setup.read(1);
  const second = setup.read(2);
  await setup.clock.advance(50);
  setup.session.renew(); // while the first request is under way
  await setup.clock.advance(LONG_MS);
  ok((await first).ok && (await second).ok);
  strictEqual(setup.opened, 2);
  deepStrictEqual(setup.sent.map((one) => one.atMs), [30, 160]);
  const third = setup.read(3);
  await setup.clock.advance(LONG_MS);
  ok((await third).ok);
  strictEqual(setup.opened, 2);
});

Deno.test("a request aborted in the queue is never sent and does not affect others", async () => {
  const setup = setUp({ answerMs: 100 });
  const abort = new AbortController();
  const first = setup.read(1);
  const second = setup.session.read(request(2), abort.signal);
  const third = setup.read(3);
  await setup.clock.advance(50);
  const gone = rejects(second, /not now/);
  abort.abort(new Error("not now"));
  await gone;
  await setup.clock.advance(LONG_MS);
  ok((await first).ok && (await third).ok);
  deepStrictEqual(setup.sent.map((one) => one.unitId), [1, 3]);
});

Deno.test("a request aborted after it was sent is completed, so the connection remains open", async () => {
  const setup = setUp({ answerMs: 100 });
  const abort = new AbortController();
  const first = setup.session.read(request(1), abort.signal);
  const second = setup.read(2);
  await setup.clock.advance(50);
  const gone = rejects(first, /not now/);
  abort.abort(new Error("not now"));
  await gone;
  await setup.clock.advance(LONG_MS);
  ok((await second).ok);
  strictEqual(setup.opened, 1);
  deepStrictEqual(setup.sent.map((one) => one.atMs), [0, 100]);
});

Deno.test("a failed connect fails all queued requests at once", async () => {
  const setup = setUp({ answerMs: 10, refuse: () => "timeout", connectMs: 500 });
  const reads = [1, 2, 3].map((unitId) => setup.read(unitId));
  await setup.clock.advance(500);
  for (const answer of await Promise.all(reads)) {
    ok(!answer.ok && answer.fault.kind === "unreachable");
  }
  strictEqual(setup.attempts, 1);
});

Deno.test("a connect refused right after a timeout is retried a limited number of times", async () => {
  const refused = setUp({
    answerMs: 10,
    silentUnits: [2],
    refuse: (attempt) => attempt > 1 ? "refused" : undefined,
  });
  const reads = [refused.read(2), refused.read(1)];
  await refused.clock.advance(LONG_MS);
  deepStrictEqual((await Promise.all(reads)).map(kindOf), ["timeout", "unreachable"]);
  strictEqual(refused.attempts, 2 + RECONNECT_RETRIES);

  const recovered = setUp({
    answerMs: 10,
    silentUnits: [2],
    refuse: (attempt) => attempt === 2 ? "refused" : undefined,
  });
  const others = [recovered.read(2), recovered.read(1)];
  await recovered.clock.advance(LONG_MS);
  deepStrictEqual((await Promise.all(others)).map(kindOf), ["timeout", "ok"]);
});

Deno.test("a busy unit gets a limited number of retries, after the requests to others", async () => {
  const setup = setUp({ answerMs: 10, busyUnits: [5] });
  const busy = setup.read(5);
  const other = setup.read(1);
  await setup.clock.advance(LONG_MS);
  strictEqual(kindOf(await busy), "exception");
  ok((await other).ok);
  const units = setup.sent.map((one) => one.unitId);
  strictEqual(units.filter((unit) => unit === 5).length, 1 + BUSY_RETRIES);
  deepStrictEqual(units.slice(0, 2), [5, 1]);
  strictEqual(setup.opened, 1);
});

Deno.test("a connection that the device closed is opened again once within the deadline", async () => {
  const setup = setUp({ answerMs: 10, closesAfter: 1 });
  for (let round = 0; round < 5; round++) {
    const read = setup.read(1);
    await setup.clock.advance(5_000);
    ok((await read).ok, `round ${round}`);
  }
  strictEqual(setup.opened, 5);
  const never = setUp({ answerMs: 10, closesAfter: 0 });
  const read = never.read(1);
  await never.clock.advance(LONG_MS);
  strictEqual(kindOf(await read), "closed");
  ok(never.opened <= 2);
});

Deno.test("extra bytes after a response fail the next request to that unit only", async () => {
  const setup = setUp({ answerMs: 10, noisyUnits: [2] });
  const reads = [2, 1, 3, 2, 2].map((unitId) => setup.read(unitId));
  await setup.clock.advance(LONG_MS);
  const kinds = (await Promise.all(reads)).map(kindOf);
  deepStrictEqual(kinds, ["ok", "ok", "ok", "ok", "protocol"]);
  deepStrictEqual(setup.sent.map((one) => one.unitId), [2, 1, 1, 3, 2, 2]);
  strictEqual(setup.opened, 2);
});

Deno.test("disconnect() fails all requests, and the next read connects again", async () => {
  const setup = setUp({ answerMs: 100 });
  const reads = [setup.read(1), setup.read(2)];
  await setup.clock.advance(50);
  await setup.session.disconnect();
  deepStrictEqual((await Promise.all(reads)).map(kindOf), ["closed", "closed"]);
  await setup.clock.advance(LONG_MS);
  strictEqual(setup.open, 0);
  const next = setup.read(1);
  await setup.clock.advance(LONG_MS);
  ok((await next).ok);
  strictEqual(setup.opened, 2);
});

Deno.test("disconnect() during a connect leaves no open connection", async () => {
  const setup = setUp({ answerMs: 10, connectMs: 100 });
  const connecting = setup.session.connect(NEVER);
  const joined = setup.session.connect(NEVER);
  await setup.clock.advance(50);
  await setup.session.disconnect();
  await setup.clock.advance(LONG_MS);
  deepStrictEqual([kindOf(await connecting), kindOf(await joined)], [
    "closed",
    "closed",
  ]);
  strictEqual(setup.open, 0);
  strictEqual(setup.attempts, 1);
});

Deno.test("the queue is bounded", async () => {
  const setup = setUp({ answerMs: 1 });
  const reads = Array.from({ length: QUEUED_REQUESTS_MAX + 5 }, () => setup.read(1));
  await setup.clock.advance(LONG_MS);
  const kinds = (await Promise.all(reads)).map(kindOf);
  strictEqual(kinds.filter((kind) => kind === "closed").length, 5);
  strictEqual(setup.sent.length, QUEUED_REQUESTS_MAX);
});

Deno.test("read() throws for an invalid request and does not send it", async () => {
  const setup = setUp({ answerMs: 1 });
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
    await rejects(setup.session.read({ ...request(1), ...wrong }, NEVER), RangeError);
  }
  strictEqual(setup.sent.length, 0);
});

Deno.test("every read settles, healthy units are read and at most one connection is open, for any behaviour of the units", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(6), { maxLength: 40 }),
      fc.nat(4),
      fc.nat(60),
      async (units, closesEvery, gapMs) => {
        const setup = setUp({
          answerMs: 10,
          silentUnits: [2, 4],
          busyUnits: [5],
          ...(closesEvery > 0 ? { closesAfter: closesEvery } : {}),
        }, { gapMs });
        const reads = units.map((unitId) => setup.read(unitId));
        await setup.clock.advance(LONG_MS);
        const kinds = (await Promise.all(reads)).map(kindOf);
        units.forEach((unit, at) => {
          const expected = unit === 2 || unit === 4
            ? "timeout"
            : unit === 5
            ? "exception"
            : "ok";
          strictEqual(kinds[at], expected, `unit ${unit}`);
        });
        ok(setup.openMost <= 1);
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
  /** These units send extra bytes after their answer. */
  readonly noisyUnits?: readonly number[];
  /** Number of requests after which the device closes a connection at the next one. */
  readonly closesAfter?: number;
  readonly refuse?: (attempt: number) => "refused" | "timeout" | undefined;
}

interface Setup {
  readonly clock: FakeClock;
  readonly session: ModbusSession;
  readonly sent: { readonly unitId: number; readonly atMs: number }[];
  readonly attempts: number;
  readonly opened: number;
  readonly open: number;
  readonly openMost: number;
  read(unitId: number): Promise<Result<Uint16Array, ModbusFault>>;
}

/** A session over simulated connections and a simulated clock. */
function setUp(script: Script, options: Partial<ConnectionOptions> = {}): Setup {
  const clock = createFakeClock({ wallMs: 0 });
  const sent: { unitId: number; atMs: number }[] = [];
  const connections = new Set<object>();
  let attempts = 0;
  let opened = 0;
  let openMost = 0;

  const openLink: OpenConnection = async (target, signal) => {
    attempts++;
    await clock.sleep(script.connectMs ?? 0.001, signal);
    const why = script.refuse?.(attempts);
    const address = `${target.ip}:${target.port}`;
    if (why !== undefined) return bad({ kind: "unreachable", address, why });
    opened++;
    const connection = createSimulatedConnection(
      script,
      clock,
      sent,
      () => connections.delete(connection),
    );
    connections.add(connection);
    openMost = Math.max(openMost, connections.size);
    return good(connection);
  };
  const session = createSession({
    ip: "10.0.0.1",
    port: 502,
    options: () => ({ gapMs: 0, connectTimeoutMs: 2_000, ...options }),
    openConnection: openLink,
    pauseDetector: createPauseDetector(),
    resynchroniser: createResynchroniser(),
    clock,
    random: createSeededRandom(1),
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
      return connections.size;
    },
    get openMost() {
      return openMost;
    },
    read: (unitId) => session.read(request(unitId), NEVER),
  };
}

function createSimulatedConnection(
  script: Script,
  clock: FakeClock,
  sent: { unitId: number; atMs: number }[],
  closed: () => void,
): ModbusConnection {
  const life = new AbortController();
  let carried = 0;
  let extraBytes = false;
  const destroy = (): void => {
    closed();
    life.abort();
  };

  async function exchange(
    { unitId, timeoutMs }: ReadRequest,
  ): Promise<Result<Uint16Array, ModbusFault>> {
    if (life.signal.aborted || carried === script.closesAfter) {
      destroy();
      return bad({ kind: "closed", detail: "simulated" });
    }
    sent.push({ unitId, atMs: Math.round(clock.monotonicMs()) });
    if (extraBytes) {
      destroy();
      return bad({ kind: "protocol", detail: "simulated" });
    }
    const silent = script.silentUnits?.includes(unitId) === true;
    try {
      await clock.sleep(silent ? timeoutMs : script.answerMs, life.signal);
    } catch {
      return bad({ kind: "closed", detail: "simulated" });
    }
    if (silent) {
      destroy();
      return bad({ kind: "timeout", elapsedMs: timeoutMs });
    }
    carried++;
    extraBytes = script.noisyUnits?.includes(unitId) === true;
    return script.busyUnits?.includes(unitId) === true
      ? bad({ kind: "exception", code: 6 })
      : good(Uint16Array.of(unitId));
  }

  return {
    get alive() {
      return !life.signal.aborted;
    },
    get used() {
      return carried > 0;
    },
    exchange: (asked, settled) => void exchange(asked).then(settled),
    destroy,
  };
}

function request(unitId: number): ReadRequest {
  return { unitId, functionCode: 3, address: 0, count: 1, timeoutMs: TIMEOUT_MS };
}

function kindOf(answer: Result<unknown, ModbusFault>): string {
  return answer.ok ? "ok" : answer.fault.kind;
}
