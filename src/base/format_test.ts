import { deepStrictEqual } from "node:assert/strict";
import { formatAge, formatBytes } from "./format.ts";

Deno.test("formatAge() chooses the unit that keeps the text short", () => {
  const ages = [null, NaN, Infinity, -5, 400, 9_960, 61_000, 600_000, 1e8];
  deepStrictEqual(ages.map(formatAge), [
    ...["-", "-", "-", "0.0 s", "0.4 s", "10 s", "61 s", "10 min", "28 h"],
  ]);
});

Deno.test("formatBytes() writes one decimal below 100 units", () => {
  const sizes = [0, 1, 1_023, 1_024, 1_536, 100 * 1_024 + 1, 2 ** 40];
  deepStrictEqual(sizes.map(formatBytes), [
    ...["0 B", "1 B", "1023 B", "1 KiB", "1.5 KiB", "100 KiB", "1024 GiB"],
  ]);
});
