import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { applyScale, applyScaleWide } from "./scale.ts";

/** The nearest double to `raw * 10^scale`, parsed from its decimal text. */
function nearest(raw: bigint, scale: number): number {
  return Number(`${raw}e${scale}`);
}

Deno.test("applyScale() returns the nearest double for every integer", () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.integer({ min: -10, max: 10 }),
      (raw, scale) => {
        strictEqual(applyScale(raw, scale) + 0, nearest(BigInt(raw), scale) + 0);
      },
    ),
    { numRuns: 5_000 },
  );
});

Deno.test("applyScaleWide() keeps integers exact and rounds other values once, beyond 2^53 to an integer", () => {
  const sixtyFour = fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n });
  fc.assert(
    fc.property(sixtyFour, fc.integer({ min: -10, max: 10 }), (raw, scale) => {
      const value = applyScaleWide(raw, scale);
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

Deno.test("applyScale() divides for a negative scale factor", () =>
  strictEqual(applyScale(1234, -1), 123.4));

Deno.test("applyScale() throws if the scale factor is not valid", () => {
  throws(() => applyScale(1, 11), RangeError);
});
