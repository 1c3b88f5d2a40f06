import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { clean, cut, displayWidth, wrap } from "./text.ts";

const anyText = fc.string({ unit: "grapheme" });

Deno.test("clean() replaces every character that moves the cursor or turns the line", () => {
  strictEqual(clean("a\x1b[2J\u202eb\u2066c\n"), "a?[2J?b?c?");
  strictEqual(clean("Söhne & Töchter €, 太陽"), "Söhne & Töchter €, 太陽");
});

Deno.test("displayWidth() counts wide characters as two and combining ones as zero", () => {
  deepStrictEqual(
    ["W/m²", "太陽", "ｱ", "😀", "e\u0301"].map(displayWidth),
    [4, 4, 1, 2, 1],
  );
});

Deno.test("cut() counts columns, not characters", () => {
  strictEqual(cut("inverter", 8), "inverter");
  strictEqual(cut("inverter", 7), "invert…");
  strictEqual(cut("太陽光発電", 10), "太陽光発電");
  strictEqual(cut("太陽光発電", 9), "太陽光発…");
  strictEqual(cut("太陽光発電", 8), "太陽光…");
  strictEqual(cut("e\u0301e\u0301", 1), "…");
});

Deno.test("cut() fits every text", () => {
  fc.assert(fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, width) => {
    ok(displayWidth(cut(text, width)) <= width);
  }));
});

Deno.test("wrap() breaks at spaces, indents the next lines and breaks long words", () => {
  deepStrictEqual(wrap("one two three", 80), ["one two three"]);
  deepStrictEqual(wrap("one two three", 8), ["one two", "  three"]);
  deepStrictEqual(wrap("abcdefghij k", 5), ["abcde", "  fgh", "  ij", "  k"]);
  deepStrictEqual(wrap("太陽 太陽", 6), ["太陽", "  太陽"]);
});

Deno.test("wrap() fits every text and loses no character but spaces", () => {
  const bare = (text: string): string => text.replaceAll(" ", "");
  fc.assert(
    fc.property(anyText, fc.integer({ min: 4, max: 20 }), (text, width) => {
      const lines = wrap(text, width);
      ok(lines.every((line) => displayWidth(line) <= width), JSON.stringify(lines));
      strictEqual(bare(lines.join("")), bare(clean(text)));
    }),
    { examples: [["! \u{1D160}", 4]] },
  );
});
