import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../base/random.ts";
import { createFakeClock, type FakeClock } from "../testing/fake_clock.ts";
import { bad, good } from "../base/result.ts";
import type { ConnectionTarget, ModbusConnection } from "./connection.ts";
import { CANDIDATES_MAX } from "./session_handle.ts";
import { addressKey, createSessionPool } from "./session_pool.ts";
import type { ModbusAddress, SessionHandle, SessionPool } from "./reader.ts";

const NEVER = new AbortController().signal;

Deno.test("handles of one address share a connection, which the last release closes", async () => {
  const { pool, clock, open, targets } = setUp({});
  const a = pool.acquire(at("10.0.0.1"));
  const b = pool.acquire(at("10.0.0.1"));
  await both(clock, connect(a), connect(b));
  strictEqual(targets.length, 1);
  a.release();
  a.release();
  strictEqual(open.size, 1);
  ok((await during(clock, read(b))).ok);
  b.release();
  strictEqual(open.size, 0);
});

Deno.test("acquire() shares the connection of two names of an address, not of two ports", async () => {
  const names = {
    inverter: ["10.0.0.1"],
    "inv-1.plant": ["10.0.0.1"],
    mapped: ["::ffff:10.0.0.1"],
  };
  const { pool, clock, targets } = setUp({ names });
  for (const host of ["inverter", "inv-1.plant", "mapped", "10.0.0.1"]) {
    ok((await during(clock, read(pool.acquire(at(host))))).ok, host);
  }
  strictEqual(targets.length, 1);
  ok((await during(clock, read(pool.acquire(at("inverter", 1502))))).ok);
  strictEqual(targets.length, 2);
});

Deno.test("disconnect() of a handle does not affect other handles", async () => {
  const { pool, clock, open } = setUp({});
  const a = pool.acquire(at("10.0.0.1"));
  const b = pool.acquire(at("10.0.0.1"));
  await both(clock, connect(a), connect(b));
  await a.session.disconnect();
  strictEqual(open.size, 1);
  await b.session.disconnect();
  strictEqual(open.size, 0);
  ok((await during(clock, read(a))).ok);
  strictEqual(open.size, 1);
});

Deno.test("configure() applies at once and until its handle is released", async () => {
  const { pool, clock, sentMs } = setUp({});
  const a = pool.acquire(at("10.0.0.1"));
  const b = pool.acquire(at("10.0.0.1"));
  await both(clock, connect(a), connect(b));
  const gapOf = async (): Promise<number> => {
    sentMs.length = 0;
    await both(clock, read(b), read(b));
    return Math.round((sentMs[1] ?? 0) - (sentMs[0] ?? 0));
  };
  strictEqual(await gapOf(), 0);
  a.configure({ gapMs: 70, connectTimeoutMs: 1_000 });
  b.configure({ gapMs: 40, connectTimeoutMs: 1_000 });
  strictEqual(await gapOf(), 70);
  a.release();
  strictEqual(await gapOf(), 40);
});

Deno.test("read() reports an unknown name and resolves it again at the next use", async () => {
  const names: Record<string, string[]> = { inverter: [] };
  const { pool, clock } = setUp({ names });
  const handle = pool.acquire(at("inverter"));
  deepStrictEqual(await during(clock, read(handle)), {
    ok: false,
    fault: { kind: "unreachable", address: "inverter:502", why: "unknown-host" },
  });
  names["inverter"] = ["10.0.0.9"];
  ok((await during(clock, read(handle))).ok);
});

Deno.test("read() resolves a name again after a failed connect", async () => {
  const names: Record<string, string[]> = { inverter: ["10.0.0.1"] };
  const dead = new Set<string>();
  const { pool, clock, targets, open } = setUp({ names, dead });
  const handle = pool.acquire(at("inverter"));
  ok((await during(clock, read(handle))).ok);
  dead.add("10.0.0.1");
  for (const connection of [...open]) connection.destroy();
  names["inverter"] = ["10.0.0.2"];
  const lost = await during(clock, read(handle));
  ok(!lost.ok && lost.fault.kind === "unreachable");
  strictEqual(lost.fault.address, "inverter:502");
  ok((await during(clock, read(handle))).ok);
  deepStrictEqual(targets.map((target) => target.ip), [
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.2",
  ]);
});

Deno.test("read() tries the second address of a name if the first one does not answer", async () => {
  const names = { inverter: ["fd00::1", "10.0.0.2"] };
  const { pool, clock, open } = setUp({ names, dead: new Set(["fd00::1"]) });
  ok((await during(clock, read(pool.acquire(at("inverter"))))).ok);
  strictEqual(open.size, 1);
});

Deno.test("read() tries every address of a name, also if there are more than are tried in a row", async () => {
  for (let count = 1; count <= 3 * CANDIDATES_MAX; count++) {
    const addresses = Array.from({ length: count }, (_, nth) => `10.0.0.${nth + 1}`);
    const dead = new Set(addresses.slice(0, -1));
    const { pool, clock } = setUp({ names: { inverter: addresses }, dead });
    const handle = pool.acquire(at("inverter"));
    let attempts = 1;
    while (!(await during(clock, read(handle))).ok) {
      strictEqual(++attempts <= Math.ceil(count / CANDIDATES_MAX), true, `${count}`);
    }
    handle.release();
  }
});

Deno.test("a blocked resolver costs a connect timeout and gets one lookup at a time", async () => {
  let lookups = 0;
  const clock = createFakeClock({ wallMs: 0 });
  const pool = createSessionPool({
    clock,
    random: createSeededRandom(1),
    openConnection: () => Promise.reject(new Error("must not connect")),
    resolve: () => {
      lookups++;
      return new Promise(() => {});
    },
  });
  for (let round = 0; round < 5; round++) {
    const answer = await during(clock, read(pool.acquire(at("inverter"))));
    ok(!answer.ok && answer.fault.kind === "unreachable");
    strictEqual(answer.fault.why, "timeout");
  }
  strictEqual(lookups, 1);
});

Deno.test("an abort during name resolution ends only that wait", async () => {
  const { pool } = setUp({ names: { inverter: ["10.0.0.1"] } });
  const abort = new AbortController();
  const handle = pool.acquire(at("inverter"));
  const gone = rejects(handle.session.connect(abort.signal), /enough/);
  abort.abort(new Error("enough"));
  await gone;
});

Deno.test("close() closes every connection", async () => {
  const { pool, clock, open } = setUp({});
  const handles = ["10.0.0.1", "10.0.0.2"].map((host) => pool.acquire(at(host)));
  for (const handle of handles) await during(clock, connect(handle));
  strictEqual(open.size, 2);
  await pool.close();
  strictEqual(open.size, 0);
});

Deno.test("addressKey() is equal for all notations of an address", () => {
  const same = ["::1", "0:0:0:0:0:0:0:1", "0000::0001"].map((ip) =>
    addressKey(ip, 502)
  );
  deepStrictEqual(new Set(same), new Set(["[::1]:502"]));
  strictEqual(addressKey("::FFFF:10.0.0.1", 502), addressKey("10.0.0.1", 502));
  strictEqual(addressKey("FE80::1%eth0", 502), "[fe80::1%eth0]:502");
});

interface Setup {
  readonly pool: SessionPool;
  readonly clock: FakeClock;
  readonly open: Set<ModbusConnection>;
  readonly targets: ConnectionTarget[];
  /** When requests were sent, in ms of the simulated clock. */
  readonly sentMs: number[];
}

function setUp(
  script: { names?: Record<string, string[]>; dead?: ReadonlySet<string> },
): Setup {
  const clock = createFakeClock({ wallMs: 0 });
  const open = new Set<ModbusConnection>();
  const targets: ConnectionTarget[] = [];
  const sentMs: number[] = [];
  const pool = createSessionPool({
    clock,
    random: createSeededRandom(1),
    resolve: (host) => Promise.resolve(script.names?.[host] ?? [host]),
    openConnection: async (target, signal) => {
      targets.push(target);
      await clock.sleep(1, signal);
      if (script.dead?.has(target.ip) === true) {
        return bad({ kind: "unreachable", address: target.ip, why: "no-route" });
      }
      const connection: ModbusConnection = {
        get alive() {
          return open.has(connection);
        },
        used: false,
        exchange({ count }, settled) {
          sentMs.push(clock.monotonicMs());
          settled(good(new Uint16Array(count)));
        },
        destroy: () => void open.delete(connection),
      };
      open.add(connection);
      return good(connection);
    },
  });
  return { pool, clock, open, targets, sentMs };
}

function at(host: string, port = 502): ModbusAddress {
  return { host, port, gapMs: 0, connectTimeoutMs: 1_000 };
}

function connect(handle: SessionHandle) {
  return handle.session.connect(NEVER);
}

function read(handle: SessionHandle) {
  const request = {
    unitId: 1,
    functionCode: 3,
    address: 0,
    count: 2,
    timeoutMs: 100,
  } as const;
  return handle.session.read(request, NEVER);
}

async function during<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  await clock.advance(10_000);
  return await work;
}

async function both(
  clock: FakeClock,
  ...work: readonly Promise<{ readonly ok: boolean }>[]
): Promise<void> {
  await clock.advance(10_000);
  for (const result of await Promise.all(work)) ok(result.ok);
}
