import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createHistogram } from "./histogram.ts";

Deno.test("createHistogram() counts every finite value in exactly one bucket", () => {
  const bounds = [0, 1, 5, 25];
  fc.assert(fc.property(fc.array(fc.double({ noDefaultInfinity: true })), (values) => {
    const histogram = createHistogram(bounds);
    for (const value of values) histogram.add(value);
    const finite = values.filter(Number.isFinite);
    const { counts, count } = histogram.reading;
    strictEqual(count, finite.length);
    let upTo = 0;
    for (const [at, bound] of bounds.entries()) {
      upTo += counts[at] ?? 0;
      strictEqual(upTo, finite.filter((value) => value <= bound).length);
    }
    strictEqual(upTo + (counts.at(-1) ?? 0), finite.length);
  }));
});

Deno.test("Histogram.reading is not changed by later values", () => {
  const histogram = createHistogram([1]);
  const before = histogram.reading;
  histogram.add(2);
  deepStrictEqual(before.counts, [0, 0]);
  ok(histogram.reading.sum === 2);
});
