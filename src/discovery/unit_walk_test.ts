import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { COMMON_UNIT_IDS } from "../base/network/common_unit_ids.ts";
import { allUnitIds, nextUnit, type UnitAnswer } from "./unit_walk.ts";

const ANSWERS: readonly UnitAnswer[] = [
  "found",
  "absent",
  "silent",
  "dropped",
  "foreign",
  "lost",
];

function walk(answerOf: (unitId: number) => UnitAnswer, thorough = false): number[] {
  const answers: UnitAnswer[] = [];
  const asked: number[] = [];
  for (;;) {
    const unitId = nextUnit(COMMON_UNIT_IDS, answers, thorough);
    if (unitId === undefined) return asked;
    asked.push(unitId);
    answers.push(answerOf(unitId));
  }
}

Deno.test("nextUnit() tries every common unit behind a gateway that reports absent units", () => {
  deepStrictEqual(
    walk((unitId) => unitId <= 2 ? "found" : "absent"),
    COMMON_UNIT_IDS,
  );
});

Deno.test("nextUnit() stops after the first unit found where absent units do not answer", () => {
  deepStrictEqual(walk((unitId) => unitId === 1 ? "found" : "silent"), [1, 2]);
  deepStrictEqual(walk((unitId) => unitId === 126 ? "found" : "silent"), [
    1,
    2,
    3,
    126,
  ]);
  deepStrictEqual(walk((unitId) => unitId === 1 ? "found" : "silent", true), [
    ...COMMON_UNIT_IDS,
  ]);
});

Deno.test("nextUnit() stops after two foreign responses or two dropped connections", () => {
  deepStrictEqual(walk(() => "foreign"), [1, 2]);
  deepStrictEqual(walk(() => "dropped"), [1, 2]);
});

Deno.test("nextUnit() tries each unit at most once and in order, for any responses", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...ANSWERS), { minLength: 17, maxLength: 17 }),
      fc.boolean(),
      (answers, thorough) => {
        let at = 0;
        const asked = walk(() => answers[at++] ?? "absent", thorough);
        deepStrictEqual(asked, COMMON_UNIT_IDS.slice(0, asked.length));
        ok(asked.length >= 1);
      },
    ),
  );
});

Deno.test("allUnitIds() has every unit id once, the common ones first", () => {
  const all = allUnitIds();
  strictEqual(new Set(all).size, all.length);
  strictEqual(all.length, 249);
  deepStrictEqual(all.slice(0, COMMON_UNIT_IDS.length), COMMON_UNIT_IDS);
});
