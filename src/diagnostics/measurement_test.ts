import { ok } from "node:assert/strict";
import fc from "fast-check";
import { nearestRank } from "./measurement.ts";

Deno.test("nearestRank() returns a value of the list that at least the share does not exceed", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(), { minLength: 1 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (values, share) => {
      const found = nearestRank(values, share);
      ok(values.includes(found));
      ok(
        values.filter((value) => value <= found).length >= share * values.length - 1e-9,
      );
    },
  ));
  ok(Number.isNaN(nearestRank([], 0.5)));
});
