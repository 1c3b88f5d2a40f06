import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearest } from "./suggest.ts";

Deno.test("editDistance() is symmetric and 0 only between equal words", () => {
  const word = fc.stringMatching(/^[abc]{0,6}$/);
  fc.assert(fc.property(word, word, (a, b) => {
    strictEqual(editDistance(a, b), editDistance(b, a));
    strictEqual(editDistance(a, b) === 0, a === b);
    ok(editDistance(a, b) <= Math.max(a.length, b.length));
  }));
});

Deno.test("nearest() finds misspelt and cut words and none that differ more", () => {
  const known = ["interval_ms", "timeout_ms", "host"];
  for (
    const misspelt of [
      "intreval_ms",
      "interval",
      "Interval-MS",
      "interval_m",
      "ntervalms",
    ]
  ) {
    strictEqual(nearest(misspelt, known), "interval_ms", misspelt);
  }
  for (const other of ["", "colour", "x", "zzzzzzzzzzz"]) {
    strictEqual(nearest(other, known), undefined, other);
  }
});
