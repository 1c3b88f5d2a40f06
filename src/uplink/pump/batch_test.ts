import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createBatchBound } from "./batch.ts";

Deno.test("a batch limit stays between 1 and its maximum for any results", () => {
  const fates = fc.array(fc.constantFrom("too large", "delivered", "easy"), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fates, (most, fates) => {
      const bound = createBatchBound(most);
      for (const fate of fates) {
        if (fate === "too large") bound.shrink(bound.rowsMax);
        else bound.grow(bound.rowsMax, fate === "easy");
        ok(bound.rowsMax >= 1 && bound.rowsMax <= most);
      }
    }),
  );
});

Deno.test("each easy send doubles the limit", () => {
  const bound = createBatchBound(1_000);
  while (bound.rowsMax > 1) bound.shrink(bound.rowsMax);
  let sends = 0;
  for (; bound.rowsMax < 1_000 && sends < 100; sends++) bound.grow(bound.rowsMax, true);
  strictEqual(sends, 10);
});

Deno.test("a batch that is not full does not change the limit", () => {
  const bound = createBatchBound(1_000);
  bound.shrink(1_000);
  for (let send = 0; send < 100; send++) bound.grow(499, true);
  strictEqual(bound.rowsMax, 500);
});

Deno.test("on a link with a capacity of 250 rows, attempts with more become rare", () => {
  const bound = createBatchBound(1_000);
  let failures = 0;
  for (let send = 0; send < 1_000; send++) {
    const rows = bound.rowsMax;
    if (rows > 250) {
      failures++;
      bound.shrink(rows);
    } else bound.grow(rows, rows < 60);
  }
  ok(failures > 2, "no attempt with more rows");
  ok(failures < 25, `${failures} of 1000 sends were too large`);
});
