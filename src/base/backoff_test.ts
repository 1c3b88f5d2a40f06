import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { backoffMs } from "./backoff.ts";
import { createSeededRandom } from "./random.ts";

Deno.test("backoffMs() stays within its limits at any attempt", () => {
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 10_000 }), fc.nat(), (attempt, seed) => {
      const limits = { firstMs: 1_000, longestMs: 60_000 };
      const waitMs = backoffMs(attempt, limits, createSeededRandom(seed));
      ok(Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= 60_000);
    }),
  );
});

Deno.test("backoffMs() doubles its upper bound with each attempt", () => {
  const limits = { firstMs: 1_000, longestMs: 60_000 };
  const most = { next: () => 1 - Number.EPSILON };
  strictEqual(backoffMs(1, limits, most), 1_000);
  strictEqual(backoffMs(2, limits, most), 2_000);
  strictEqual(backoffMs(3, limits, most), 4_000);
  strictEqual(backoffMs(99, limits, most), 60_000);
});
