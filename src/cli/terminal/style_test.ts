import { strictEqual } from "node:assert/strict";
import { paint, wantsColour } from "./style.ts";

Deno.test("wantsColour() is true on a terminal unless NO_COLOR is not empty", () => {
  strictEqual(wantsColour(true, undefined), true);
  strictEqual(wantsColour(true, ""), true);
  strictEqual(wantsColour(true, "1"), false);
  strictEqual(wantsColour(false, undefined), false);
});

Deno.test("paint() adds escape sequences only if the style has colours", () => {
  strictEqual(paint("a", "bad", { width: 80, colour: true }), "\x1b[31ma\x1b[0m");
  strictEqual(paint("a", "bad", { width: 80, colour: false }), "a");
  strictEqual(paint("a", "plain", { width: 80, colour: true }), "a");
  strictEqual(paint("", "bad", { width: 80, colour: true }), "");
});
