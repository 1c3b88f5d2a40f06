import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type DrainSample, sectionsOf } from "./curve.ts";

function sample(atMs: number, records: number): DrainSample {
  return { atMs, records, rss: atMs, cpuSeconds: records / 1e5 };
}

Deno.test("sectionsOf() begins with the first record and ends with the last", () => {
  const samples = [
    ...[sample(0, 0), sample(500, 0), sample(1_000, 10), sample(1_100, 110)],
    ...[sample(1_200, 210), sample(1_300, 210)],
  ];
  deepStrictEqual(sectionsOf(samples, Infinity), [{
    ...{ fromMs: 0, toMs: 200, records: 200, recordsPerSecond: 1_000, pauseMs: 100 },
    ...{ rssMax: 1_200, cpuMicros: 10 },
  }]);
});

Deno.test("sectionsOf() assigns a pause to the section in which it ends", () => {
  const moves = [[0, 1], [100, 2], [1_500, 3], [1_600, 4], [2_500, 5]] as const;
  const sections = sectionsOf(moves.map(([at, records]) => sample(at, records)), 1_000);
  deepStrictEqual(sections.map(({ pauseMs }) => pauseMs), [100, 1_400, 900]);
});

Deno.test("sectionsOf() of a drain that did not begin is empty", () => {
  strictEqual(sectionsOf([sample(0, 0), sample(1, 0)], 1_000).length, 0);
});
