import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { replacePart } from "./document.ts";
import { formatNumber, formatRatio, median, mediansOf } from "./figures.ts";

const numbers = fc.array(fc.integer(), { minLength: 1 });

Deno.test("median() has half of the numbers on each side, in any order", () => {
  fc.assert(fc.property(numbers, (list) => {
    const middle = median(list);
    ok(list.filter((each) => each <= middle).length * 2 >= list.length);
    ok(list.filter((each) => each >= middle).length * 2 >= list.length);
    strictEqual(median(list.toReversed()), middle);
  }));
});

Deno.test("mediansOf() is the median of each figure by itself", () => {
  const runs = [{ cpu: 1, rss: 9 }, { cpu: 3, rss: 7 }, { cpu: 2, rss: 8 }];
  deepStrictEqual(mediansOf(runs), { cpu: 2, rss: 8 });
  deepStrictEqual(mediansOf([]), {});
});

Deno.test("formatNumber() and formatRatio() return a dash for NaN", () => {
  strictEqual(formatNumber(median([])), "-");
  strictEqual(formatRatio(1, NaN), "-");
  strictEqual(formatRatio(1, 3), "0.333 x");
});

Deno.test("replacePart() replaces the whole part, repeatedly, and nothing else", () => {
  const empty = "before\n<!-- bench: x -->\n\n<!-- /bench: x -->\nafter\n";
  const once = replacePart(empty, "x", "old");
  strictEqual(replacePart(once, "x", "new"), replacePart(empty, "x", "new"));
  ok(once.startsWith("before\n") && once.endsWith("\nafter\n"));
  throws(() => replacePart(empty, "y", "new"), /"y"/);
});
