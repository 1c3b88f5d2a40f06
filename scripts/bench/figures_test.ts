import { ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { replacePart } from "./document.ts";
import { brief, median, ratio } from "./figures.ts";

const numbers = fc.array(fc.integer(), { minLength: 1 });

Deno.test("half of the numbers lie on each side of the median, in whatever order they come", () => {
  fc.assert(fc.property(numbers, (list) => {
    const middle = median(list);
    ok(list.filter((each) => each <= middle).length * 2 >= list.length);
    ok(list.filter((each) => each >= middle).length * 2 >= list.length);
    strictEqual(median(list.toReversed()), middle);
  }));
});

Deno.test("nothing has no median and no ratio", () => {
  strictEqual(brief(median([])), "-");
  strictEqual(ratio(1, NaN), "-");
  strictEqual(ratio(1, 3), "0.333 x");
});

Deno.test("a part is replaced whole, however often, and the rest is left as it is", () => {
  const empty = "before\n<!-- bench: x -->\n\n<!-- /bench: x -->\nafter\n";
  const once = replacePart(empty, "x", "old");
  strictEqual(replacePart(once, "x", "new"), replacePart(empty, "x", "new"));
  ok(once.startsWith("before\n") && once.endsWith("\nafter\n"));
  throws(() => replacePart(empty, "y", "new"), /"y"/);
});
