import { strictEqual } from "node:assert/strict";
import { redraw } from "./redraw.ts";

Deno.test("redraw() moves up by the lines of the previous frame and clears the rest", () => {
  const body = (lines: string): string => `\x1b[?7l${lines}\x1b[?7h\x1b[J`;
  strictEqual(redraw(["a", "b"], 0), body("a\x1b[K\nb\x1b[K\n"));
  strictEqual(redraw(["a"], 2), `\x1b[2A\r${body("a\x1b[K\n")}`);
});
