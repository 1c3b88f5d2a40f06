import { deepStrictEqual } from "node:assert/strict";
import type { PendingGap } from "../buffer/buffer.ts";
import {
  createGapSelector,
  GAP_GROWING_MS,
  GAPS_PER_CHECK_MAX,
} from "./gap_reporter.ts";

function gap(firstSeq: number, lastSeq: number): PendingGap {
  const stream = "gw/inv/NormalizedInverterData";
  return { id: 7, stream, epoch: 1, firstSeq, lastSeq, reason: "max_bytes" };
}

Deno.test("createGapSelector(): a gap is reported once, when it has stopped growing", () => {
  const select = createGapSelector();
  deepStrictEqual(select([gap(1, 5)], 0), []);
  deepStrictEqual(select([gap(1, 9)], 1_000), []);
  deepStrictEqual(select([gap(1, 9)], 2_000), [gap(1, 9)]);
  deepStrictEqual(select([gap(1, 9)], 3_000), []); // its row is on its way
  deepStrictEqual(select([], 4_000), []);
});

Deno.test("createGapSelector(): a gap that keeps growing is reported in parts", () => {
  const select = createGapSelector();
  let reported: PendingGap[] = [];
  for (let nowMs = 0; nowMs <= GAP_GROWING_MS; nowMs += 1_000) {
    reported = select([gap(1, 1 + nowMs / 1_000)], nowMs);
  }
  deepStrictEqual(reported, [gap(1, 61)]);
});

Deno.test("createGapSelector(): the growth of a reported gap is another gap", () => {
  const select = createGapSelector();
  select([gap(1, 5)], 0);
  deepStrictEqual(select([gap(1, 5)], 1_000), [gap(1, 5)]);
  deepStrictEqual(select([gap(6, 8)], 2_000), []);
  deepStrictEqual(select([gap(6, 8)], 3_000), [gap(6, 8)]);
});

Deno.test("createGapSelector(): a gap whose row was evicted is reported again", () => {
  const select = createGapSelector();
  select([gap(1, 5)], 0);
  deepStrictEqual(select([gap(1, 5)], 1_000), [gap(1, 5)]);
  deepStrictEqual(select([gap(1, 5)], 2_000), []);
  deepStrictEqual(select([gap(1, 5)], 1_000 + GAP_GROWING_MS), [gap(1, 5)]);
});

Deno.test("createGapSelector(): many gaps are reported in batches, each gap once", () => {
  const select = createGapSelector();
  const gaps = Array.from({ length: 2 * GAPS_PER_CHECK_MAX + 1 }, (_, id) => ({
    ...gap(1, 5),
    id,
  }));
  deepStrictEqual(select(gaps, 0), []);
  const reported = [1_000, 2_000, 3_000].map((nowMs) => select(gaps, nowMs));
  deepStrictEqual(reported.map(({ length }) => length), [
    GAPS_PER_CHECK_MAX,
    GAPS_PER_CHECK_MAX,
    1,
  ]);
  deepStrictEqual(reported.flat(), gaps);
  deepStrictEqual(select(gaps, 4_000), []);
});
