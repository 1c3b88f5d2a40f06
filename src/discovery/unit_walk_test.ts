import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { everyUnitId, nextUnit, type UnitAnswer, USUAL_UNIT_IDS } from "./unit_walk.ts";

const ANSWERS: readonly UnitAnswer[] = [
  "found",
  "absent",
  "silent",
  "hung-up",
  "foreign",
  "lost",
];

function walk(answerOf: (unitId: number) => UnitAnswer, thorough = false): number[] {
  const answers: UnitAnswer[] = [];
  const asked: number[] = [];
  for (;;) {
    const unitId = nextUnit(USUAL_UNIT_IDS, answers, thorough);
    if (unitId === undefined) return asked;
    asked.push(unitId);
    answers.push(answerOf(unitId));
  }
}

Deno.test("a gateway that says who is absent is asked for every usual unit", () => {
  deepStrictEqual(
    walk((unitId) => unitId <= 2 ? "found" : "absent"),
    USUAL_UNIT_IDS,
  );
});

Deno.test("where absent units are silent the walk ends with the first one found", () => {
  deepStrictEqual(walk((unitId) => unitId === 1 ? "found" : "silent"), [1, 2]);
  deepStrictEqual(walk((unitId) => unitId === 126 ? "found" : "silent"), [
    1,
    2,
    3,
    126,
  ]);
  deepStrictEqual(walk((unitId) => unitId === 1 ? "found" : "silent", true), [
    ...USUAL_UNIT_IDS,
  ]);
});

Deno.test("a foreign service is left after two answers, and so is one that hangs up", () => {
  deepStrictEqual(walk(() => "foreign"), [1, 2]);
  deepStrictEqual(walk(() => "hung-up"), [1, 2]);
});

Deno.test("a walk asks each unit once at most, in order, whatever is answered", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...ANSWERS), { minLength: 17, maxLength: 17 }),
      fc.boolean(),
      (answers, thorough) => {
        let at = 0;
        const asked = walk(() => answers[at++] ?? "absent", thorough);
        deepStrictEqual(asked, USUAL_UNIT_IDS.slice(0, asked.length));
        ok(asked.length >= 1);
      },
    ),
  );
});

Deno.test("every unit id stands once in the whole list, the usual ones first", () => {
  const all = everyUnitId();
  strictEqual(new Set(all).size, all.length);
  strictEqual(all.length, 249);
  deepStrictEqual(all.slice(0, USUAL_UNIT_IDS.length), USUAL_UNIT_IDS);
});
