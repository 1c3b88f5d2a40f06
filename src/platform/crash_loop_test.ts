import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  CRASH_WINDOW_S,
  NO_STARTS,
  parseStarts,
  planStart,
  type StartMoment,
  type StartPlan,
  type StartRecord,
} from "./crash_loop.ts";

const WALL_S = 1_795_399_200;
const RULES = { crashesMax: 3, path: "/q.db.aside-1" };

function at(uptimeS: number, bootId: string | null = "boot-1"): StartMoment {
  return { bootId, uptimeS, wallS: WALL_S + uptimeS };
}

/** Consecutive starts, none of which succeeds or ends in order. */
function crash(moments: readonly StartMoment[]): StartPlan[] {
  let record = NO_STARTS;
  return moments.map((moment) => {
    const plan = planStart(record, moment, RULES);
    record = plan.record;
    return plan;
  });
}

Deno.test("planStart() degrades the fourth start after three crashes and quarantines the buffer", () => {
  const plans = crash([at(10), at(20), at(30), at(40)]);
  deepStrictEqual(plans.map(({ degraded }) => degraded), [false, false, false, true]);
  const [, , third, fourth] = plans;
  strictEqual(third?.record.asidePath, null);
  strictEqual(fourth?.record.asidePath, RULES.path);
  strictEqual(fourth?.crashes, 3);
});

Deno.test("planStart() quarantines at most once per hour", () => {
  let { record } = crash([at(10), at(20), at(30), at(40)])[3] ?? { record: NO_STARTS };
  record = { ...record, asidePath: null }; // done
  let asides = 0;
  for (let uptimeS = 50; uptimeS < 2 * 3_600; uptimeS += 10) {
    const plan = planStart(record, at(uptimeS), RULES);
    ok(plan.degraded);
    if (plan.record.asidePath !== null) asides++;
    record = { ...plan.record, asidePath: null };
    ok(record.unproven.length <= RULES.crashesMax + 1);
  }
  strictEqual(asides, 1);
});

Deno.test("planStart() ignores crashes far apart, in another boot or before a successful start", () => {
  const apart = CRASH_WINDOW_S + 1;
  for (
    const moments of [
      [at(0), at(apart), at(2 * apart), at(3 * apart)],
      [at(10, "a"), at(20, "b"), at(30, "c"), at(40, "d")],
      // Power cuts of a machine without boot ids: each is another boot.
      [1, 2, 3, 4].map((nth) => ({
        bootId: null,
        uptimeS: 30 + nth,
        wallS: WALL_S + nth * 300,
      })),
    ]
  ) ok(crash(moments).every(({ degraded }) => !degraded));
  const [, , third] = crash([at(10), at(20), at(30)]);
  const proven = { ...(third?.record ?? NO_STARTS), unproven: [] };
  ok(!planStart(proven, at(40), RULES).degraded);
});

Deno.test("planStart() counts crashes without boot ids although the wall clock is adjusted", () => {
  const moments = [0, 3, 1, 2].map((setS, nth) => ({
    bootId: null,
    uptimeS: 10 * nth,
    wallS: WALL_S + 10 * nth + setS,
  }));
  ok(crash(moments)[3]?.degraded);
});

Deno.test("planStart() completes a planned quarantine, regardless of the configuration", () => {
  const begun: StartRecord = { ...NO_STARTS, asidePath: "/q.db.aside-0" };
  const plan = planStart(begun, at(10), { crashesMax: 0, path: null });
  strictEqual(plan.record.asidePath, "/q.db.aside-0");
  strictEqual(plan.degraded, false);
});

Deno.test("parseStarts() reads back every record and ignores other content", () => {
  const moment = fc.record({
    bootId: fc.option(fc.string()),
    uptimeS: fc.nat(),
    wallS: fc.nat(),
  });
  const anyRecord: fc.Arbitrary<StartRecord> = fc.record({
    unproven: fc.array(moment),
    epoch: fc.nat(),
    asideAt: fc.option(moment),
    asidePath: fc.option(fc.string({ minLength: 1 })),
  });
  fc.assert(fc.property(anyRecord, (record) => {
    const text = JSON.stringify(record);
    deepStrictEqual(parseStarts(JSON.parse(text)), JSON.parse(text));
  }));
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const { degraded } = planStart(parseStarts(value), at(10), RULES);
    strictEqual(degraded, false);
  }));
});
