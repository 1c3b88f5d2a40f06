import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../../../src/base/random.ts";
import { estimate } from "./uncertainty.ts";

Deno.test("estimate() gives the interval of Student's t distribution", () => {
  const { mean, plusMinus, count } = estimate([9, 10, 11]);
  deepStrictEqual([mean, count], [10, 3]);
  // s = 1, s / sqrt(3) = 0.577, t(2) = 4.303
  ok(Math.abs(plusMinus - 2.484) < 0.001, String(plusMinus));
  strictEqual(estimate([5]).plusMinus, Infinity);
});

Deno.test("about 95 % of the intervals contain the true mean", () => {
  const random = createSeededRandom(7);
  let contained = 0;
  for (let nth = 0; nth < 1_000; nth++) {
    const values = Array.from(
      { length: 8 },
      () => random.next() + random.next() + random.next(),
    );
    const { mean, plusMinus } = estimate(values);
    if (Math.abs(mean - 1.5) <= plusMinus) contained++;
  }
  ok(contained > 920 && contained < 975, String(contained));
});
