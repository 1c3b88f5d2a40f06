import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { PROGRAM_DATE_MS } from "../../base/credible_clock.ts";
import { nextEpoch } from "./epoch.ts";

const NOW_MS = PROGRAM_DATE_MS + 10 ** 10;
const NOW_S = NOW_MS / 1_000;
const HALF = { next: () => 0.5 };

Deno.test("nextEpoch() is one more than the larger of the known epoch and a credible clock", () => {
  strictEqual(nextEpoch(0, NOW_MS, HALF), NOW_S + 1);
  strictEqual(nextEpoch(NOW_S - 500, NOW_MS, HALF), NOW_S + 1);
  strictEqual(
    nextEpoch(NOW_S + 1, NOW_MS, HALF),
    NOW_S + 2,
    "two starts in one second",
  );
});

Deno.test("nextEpoch() adds a random number if the clock cannot be right or is behind", () => {
  strictEqual(nextEpoch(NOW_S, 0, HALF), NOW_S + 1 + 2 ** 19);
  strictEqual(nextEpoch(NOW_S + 3_600, NOW_MS, HALF), NOW_S + 3_601 + 2 ** 19);
});

Deno.test("a right clock gives a greater epoch than any number of starts in 1970 before it", () => {
  const draws = fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(draws, fc.nat(10 ** 9), (randoms, wallMs) => {
      let known = 0;
      for (const value of randoms) {
        const epoch = nextEpoch(known, wallMs, { next: () => value });
        ok(Number.isSafeInteger(epoch) && epoch > known, `${epoch} after ${known}`);
        known = epoch;
      }
      // Also if the files are lost after the first of them.
      const first = nextEpoch(0, wallMs, { next: () => randoms[0] ?? 0 });
      ok(nextEpoch(0, NOW_MS, HALF) > first);
      ok(nextEpoch(known, NOW_MS, HALF) > known);
    }),
  );
});
