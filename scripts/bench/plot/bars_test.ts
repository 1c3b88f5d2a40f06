import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { renderBars } from "./bars.ts";

const GROUPS = [
  { name: "50 devices", bars: [{ name: "a & b", value: 2 }, { name: "c", value: 1 }] },
  {
    name: "200 devices",
    bars: [{ name: "a & b", value: 4 }, { name: "c", value: NaN }],
  },
];

Deno.test("renderBars() draws bars in proportion, one colour per name", () => {
  const svg = renderBars("Cost <1", GROUPS);
  const bars = [...svg.matchAll(/width="([\d.]+)" height="16" fill="(#\w+)"/g)];
  const [one, other, largest, ...rest] = bars.map(([, width]) => Number(width));
  deepStrictEqual(rest, []);
  strictEqual(one, (largest ?? 0) / 2);
  ok(Math.abs((other ?? 0) - (largest ?? 0) / 4) < 0.1);
  deepStrictEqual(new Set(bars.map(([, , colour]) => colour)).size, 2);
  ok(svg.includes("a &amp; b") && svg.includes("Cost &lt;1"));
});
