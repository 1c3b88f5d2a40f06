import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../base/random.ts";
import { createFakeClock, type FakeClock } from "../base/clock.ts";
import { bad, good } from "../base/result.ts";
import type { LinkTarget, ModbusLink } from "./connection.ts";
import { createSessionPool, keyOf } from "./session_pool.ts";
import type { ModbusAddress, SessionLease, SessionPool } from "./reader.ts";

const NEVER = new AbortController().signal;

Deno.test("leases of one address share one connection; the last release closes it", async () => {
  const { pool, clock, open, targets } = stage({});
  const a = pool.lease(at("10.0.0.1"));
  const b = pool.lease(at("10.0.0.1"));
  await both(clock, connect(a), connect(b));
  strictEqual(targets.length, 1);
  a.release();
  a.release();
  strictEqual(open.size, 1);
  ok((await during(clock, read(b))).ok);
  b.release();
  strictEqual(open.size, 0);
});

Deno.test("two names of one address are one connection; another port is another", async () => {
  const names = {
    inverter: ["10.0.0.1"],
    "inv-1.plant": ["10.0.0.1"],
    mapped: ["::ffff:10.0.0.1"],
  };
  const { pool, clock, targets } = stage({ names });
  for (const host of ["inverter", "inv-1.plant", "mapped", "10.0.0.1"]) {
    ok((await during(clock, read(pool.lease(at(host))))).ok, host);
  }
  strictEqual(targets.length, 1);
  ok((await during(clock, read(pool.lease(at("inverter", 1502))))).ok);
  strictEqual(targets.length, 2);
});

Deno.test("one lease's disconnect takes nothing from the others", async () => {
  const { pool, clock, open } = stage({});
  const a = pool.lease(at("10.0.0.1"));
  const b = pool.lease(at("10.0.0.1"));
  await both(clock, connect(a), connect(b));
  await a.session.disconnect();
  strictEqual(open.size, 1);
  await b.session.disconnect();
  strictEqual(open.size, 0);
  ok((await during(clock, read(a))).ok);
  strictEqual(open.size, 1);
});

Deno.test("a pace that a lease asks for later counts at once, and goes with its lease", async () => {
  const { pool, clock, asked } = stage({});
  const a = pool.lease(at("10.0.0.1"));
  const b = pool.lease(at("10.0.0.1"));
  await both(clock, connect(a), connect(b));
  const gapOf = async (): Promise<number> => {
    asked.length = 0;
    await both(clock, read(b), read(b));
    return Math.round((asked[1] ?? 0) - (asked[0] ?? 0));
  };
  strictEqual(await gapOf(), 0);
  a.adapt({ gapMs: 70, connectTimeoutMs: 1_000 });
  b.adapt({ gapMs: 40, connectTimeoutMs: 1_000 });
  strictEqual(await gapOf(), 70);
  a.release();
  strictEqual(await gapOf(), 40);
});

Deno.test("an unknown name is named as such, and is asked again next time", async () => {
  const names: Record<string, string[]> = { inverter: [] };
  const { pool, clock } = stage({ names });
  const lease = pool.lease(at("inverter"));
  deepStrictEqual(await during(clock, read(lease)), {
    ok: false,
    fault: { kind: "unreachable", address: "inverter:502", why: "unknown-host" },
  });
  names["inverter"] = ["10.0.0.9"];
  ok((await during(clock, read(lease))).ok);
});

Deno.test("a name that leads elsewhere after a failure is followed", async () => {
  const names: Record<string, string[]> = { inverter: ["10.0.0.1"] };
  const dead = new Set<string>();
  const { pool, clock, targets, open } = stage({ names, dead });
  const lease = pool.lease(at("inverter"));
  ok((await during(clock, read(lease))).ok);
  dead.add("10.0.0.1");
  for (const link of [...open]) link.destroy();
  names["inverter"] = ["10.0.0.2"];
  const lost = await during(clock, read(lease));
  ok(!lost.ok && lost.fault.kind === "unreachable");
  strictEqual(lost.fault.address, "inverter:502");
  ok((await during(clock, read(lease))).ok);
  deepStrictEqual(targets.map((target) => target.ip), [
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.2",
  ]);
});

Deno.test("a name with a dead address first is reached at its second", async () => {
  const names = { inverter: ["fd00::1", "10.0.0.2"] };
  const { pool, clock, open } = stage({ names, dead: new Set(["fd00::1"]) });
  ok((await during(clock, read(pool.lease(at("inverter"))))).ok);
  strictEqual(open.size, 1);
});

Deno.test("a resolver that hangs costs a connect time-out, and is asked once at a time", async () => {
  let asked = 0;
  const clock = createFakeClock({ wallMs: 0 });
  const pool = createSessionPool({
    clock,
    chance: createSeededRandom(1),
    openLink: () => Promise.reject(new Error("must not connect")),
    resolve: () => {
      asked++;
      return new Promise(() => {});
    },
  });
  for (let round = 0; round < 5; round++) {
    const answer = await during(clock, read(pool.lease(at("inverter"))));
    ok(!answer.ok && answer.fault.kind === "unreachable");
    strictEqual(answer.fault.why, "timeout");
  }
  strictEqual(asked, 1);
});

Deno.test("an abort while the name is resolved ends that wait alone", async () => {
  const { pool } = stage({ names: { inverter: ["10.0.0.1"] } });
  const abort = new AbortController();
  const lease = pool.lease(at("inverter"));
  const gone = rejects(lease.session.connect(abort.signal), /enough/);
  abort.abort(new Error("enough"));
  await gone;
});

Deno.test("close() ends every connection", async () => {
  const { pool, clock, open } = stage({});
  const leases = ["10.0.0.1", "10.0.0.2"].map((host) => pool.lease(at(host)));
  for (const lease of leases) await during(clock, connect(lease));
  strictEqual(open.size, 2);
  await pool.close();
  strictEqual(open.size, 0);
});

Deno.test("all spellings of an address have one key", () => {
  const same = ["::1", "0:0:0:0:0:0:0:1", "0000::0001"].map((ip) => keyOf(ip, 502));
  deepStrictEqual(new Set(same), new Set(["[::1]:502"]));
  strictEqual(keyOf("::FFFF:10.0.0.1", 502), keyOf("10.0.0.1", 502));
  strictEqual(keyOf("FE80::1%eth0", 502), "[fe80::1%eth0]:502");
});

interface Stage {
  readonly pool: SessionPool;
  readonly clock: FakeClock;
  readonly open: Set<ModbusLink>;
  readonly targets: LinkTarget[];
  /** When requests went out, ms of the played clock. */
  readonly asked: number[];
}

function stage(
  script: { names?: Record<string, string[]>; dead?: ReadonlySet<string> },
): Stage {
  const clock = createFakeClock({ wallMs: 0 });
  const open = new Set<ModbusLink>();
  const targets: LinkTarget[] = [];
  const asked: number[] = [];
  const pool = createSessionPool({
    clock,
    chance: createSeededRandom(1),
    resolve: (host) => Promise.resolve(script.names?.[host] ?? [host]),
    openLink: async (target, signal) => {
      targets.push(target);
      await clock.sleep(1, signal);
      if (script.dead?.has(target.ip) === true) {
        return bad({ kind: "unreachable", address: target.ip, why: "no-route" });
      }
      const link: ModbusLink = {
        get alive() {
          return open.has(link);
        },
        used: false,
        exchange({ count }) {
          asked.push(clock.monotonicMs());
          return Promise.resolve(good(new Uint16Array(count)));
        },
        destroy: () => void open.delete(link),
      };
      open.add(link);
      return good(link);
    },
  });
  return { pool, clock, open, targets, asked };
}

function at(host: string, port = 502): ModbusAddress {
  return { host, port, gapMs: 0, connectTimeoutMs: 1_000 };
}

function connect(lease: SessionLease) {
  return lease.session.connect(NEVER);
}

function read(lease: SessionLease) {
  const request = {
    unitId: 1,
    functionCode: 3,
    address: 0,
    count: 2,
    timeoutMs: 100,
  } as const;
  return lease.session.read(request, NEVER);
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
