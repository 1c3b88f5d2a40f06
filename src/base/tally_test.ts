import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createTally, OTHER, TALLY_NAMES_MAX } from "./tally.ts";

Deno.test("createTally() counts everything under a bounded number of names", () => {
  fc.assert(fc.property(fc.array(fc.nat(1_000)), (items) => {
    const tally = createTally(["1"]);
    for (const item of items) tally.add(String(item));
    const total = [...tally.counts.values()].reduce((sum, count) => sum + count, 0);
    strictEqual(total, items.length);
    ok(tally.counts.size <= TALLY_NAMES_MAX + 1);
    strictEqual(tally.counts.get("1"), items.filter((item) => item === 1).length);
  }));
});

Deno.test("createTally() counts names beyond its limit as other", () => {
  const tally = createTally();
  for (let at = 0; at < TALLY_NAMES_MAX + 5; at++) tally.add(`name ${at}`);
  strictEqual(tally.counts.get(OTHER), 5);
});
