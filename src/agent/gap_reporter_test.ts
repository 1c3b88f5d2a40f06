import { deepStrictEqual } from "node:assert/strict";
import type { PendingGap } from "../buffer/buffer.ts";
import { createGapChooser, GAP_GROWING_MS, GAPS_TOLD_MAX } from "./gap_reporter.ts";

function gap(firstSeq: number, lastSeq: number): PendingGap {
  const stream = "gw/inv/NormalizedInverterData";
  return { id: 7, stream, epoch: 1, firstSeq, lastSeq, reason: "max_bytes" };
}

Deno.test("a gap is told once it has stopped growing, and only once", () => {
  const choose = createGapChooser();
  deepStrictEqual(choose([gap(1, 5)], 0), []);
  deepStrictEqual(choose([gap(1, 9)], 1_000), []);
  deepStrictEqual(choose([gap(1, 9)], 2_000), [gap(1, 9)]);
  deepStrictEqual(choose([gap(1, 9)], 3_000), []); // its row is on its way
  deepStrictEqual(choose([], 4_000), []);
});

Deno.test("a gap that grows without end is told in parts", () => {
  const choose = createGapChooser();
  let told: PendingGap[] = [];
  for (let nowMs = 0; nowMs <= GAP_GROWING_MS; nowMs += 1_000) {
    told = choose([gap(1, 1 + nowMs / 1_000)], nowMs);
  }
  deepStrictEqual(told, [gap(1, 61)]);
});

Deno.test("what a told gap has grown by is a gap of its own", () => {
  const choose = createGapChooser();
  choose([gap(1, 5)], 0);
  deepStrictEqual(choose([gap(1, 5)], 1_000), [gap(1, 5)]);
  deepStrictEqual(choose([gap(6, 8)], 2_000), []);
  deepStrictEqual(choose([gap(6, 8)], 3_000), [gap(6, 8)]);
});

Deno.test("a gap whose announcing row was given up is told again", () => {
  const choose = createGapChooser();
  choose([gap(1, 5)], 0);
  deepStrictEqual(choose([gap(1, 5)], 1_000), [gap(1, 5)]);
  deepStrictEqual(choose([gap(1, 5)], 2_000), []);
  deepStrictEqual(choose([gap(1, 5)], 1_000 + GAP_GROWING_MS), [gap(1, 5)]);
});

Deno.test("many gaps are told a few at a time, each once", () => {
  const choose = createGapChooser();
  const gaps = Array.from({ length: 2 * GAPS_TOLD_MAX + 1 }, (_, id) => ({
    ...gap(1, 5),
    id,
  }));
  deepStrictEqual(choose(gaps, 0), []);
  const told = [1_000, 2_000, 3_000].map((nowMs) => choose(gaps, nowMs));
  deepStrictEqual(told.map(({ length }) => length), [GAPS_TOLD_MAX, GAPS_TOLD_MAX, 1]);
  deepStrictEqual(told.flat(), gaps);
  deepStrictEqual(choose(gaps, 4_000), []);
});
