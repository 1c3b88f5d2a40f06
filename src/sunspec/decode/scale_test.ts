import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { scaled, scaledWide } from "./scale.ts";

/** The nearest double to `raw * 10^scale`, by reading its decimal text. */
function nearest(raw: bigint, scale: number): number {
  return Number(`${raw}e${scale}`);
}

Deno.test("scaled() gives the nearest double for every whole number", () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.integer({ min: -10, max: 10 }),
      (raw, scale) => {
        strictEqual(scaled(raw, scale) + 0, nearest(BigInt(raw), scale) + 0);
      },
    ),
    { numRuns: 5_000 },
  );
});

Deno.test("scaledWide() loses nothing of a whole number and rounds others once, beyond 2^53 to a whole number", () => {
  const sixtyFour = fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n });
  fc.assert(
    fc.property(sixtyFour, fc.integer({ min: -10, max: 10 }), (raw, scale) => {
      const value = scaledWide(raw, scale);
      const power = 10n ** BigInt(Math.abs(scale));
      if (typeof value === "bigint") {
        ok(!Number.isSafeInteger(Number(value)));
        if (scale >= 0) return strictEqual(value, raw * power);
        const off = value * power - raw; // half a unit at most
        ok(2n * (off < 0n ? -off : off) <= power);
      } else {
        strictEqual(value + 0, nearest(raw, scale) + 0);
      }
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("1234 by -1 is 123.4", () => strictEqual(scaled(1234, -1), 123.4));

Deno.test("scaled() throws if the scale is not legal", () => {
  throws(() => scaled(1, 11), RangeError);
});
