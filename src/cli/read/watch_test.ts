import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { toFrame } from "./watch.ts";

const STYLE = { width: 40, height: 10, colour: false };
const line = (key: string, text: string) => ({ key, text });

Deno.test("toFrame() marks lines that changed since the previous read", () => {
  const lines = [line("W", "W 5 W"), line("Hz", "Hz 50 Hz")];
  deepStrictEqual(toFrame(lines, undefined, "12:00:00", STYLE), [
    "  W 5 W",
    "  Hz 50 Hz",
    "12:00:00; press Ctrl-C to stop",
  ]);
  const previous = new Map([["W", "W 4 W"], ["Hz", "Hz 50 Hz"]]);
  const [first, second] = toFrame(lines, previous, "12:00:02", STYLE);
  deepStrictEqual([first, second], ["* W 5 W", "  Hz 50 Hz"]);
});

Deno.test("toFrame() fits the lines and columns of the terminal", () => {
  const lines = Array.from({ length: 100 }, (_, at) => line(`${at}`, "x".repeat(100)));
  for (const height of [3, 10, 50]) {
    const frame = toFrame(lines, undefined, "12:00:00", { ...STYLE, height });
    ok(frame.length < height, `${frame.length} lines`);
    ok(frame.every((one) => [...one].length <= STYLE.width));
    strictEqual(frame.at(-1)?.startsWith("12:00:00, "), true);
  }
});
