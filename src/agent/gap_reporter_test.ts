import { deepStrictEqual, rejects } from "node:assert/strict";
import type { PendingGap } from "../buffer/buffer.ts";
import { createFakeClock } from "../testing/fake_clock.ts";
import {
  createGapSelector,
  GAP_GROWING_MS,
  GAPS_ON_THEIR_WAY_MAX,
  runGapReporter,
} from "./gap_reporter.ts";

function gap(firstSeq: number, lastSeq: number): PendingGap {
  const stream = "gw/inv/NormalizedInverterData";
  return {
    ...{ id: 7, stream, epoch: 1, firstSeq, lastEpoch: 1, lastSeq },
    ...{ records: lastSeq - firstSeq + 1, reason: "max_bytes" },
  };
}

Deno.test("createGapSelector(): a gap is reported once, when it has stopped growing", () => {
  const select = createGapSelector(GAP_GROWING_MS);
  deepStrictEqual(select([gap(1, 5)], 0, 0), []);
  deepStrictEqual(select([gap(1, 9)], 1_000, 0), []);
  deepStrictEqual(select([gap(1, 9)], 2_000, 0), [gap(1, 9)]);
  deepStrictEqual(select([gap(1, 9)], 3_000, 0), []); // its row is on its way
  deepStrictEqual(select([], 4_000, 0), []);
});

Deno.test("createGapSelector(): a gap that keeps growing is reported in parts", () => {
  const select = createGapSelector(GAP_GROWING_MS);
  let reported: PendingGap[] = [];
  for (let nowMs = 0; nowMs <= GAP_GROWING_MS; nowMs += 1_000) {
    reported = select([gap(1, 1 + nowMs / 1_000)], nowMs, 0);
  }
  deepStrictEqual(reported, [gap(1, 61)]);
});

Deno.test("createGapSelector(): the growth of a reported gap is another gap", () => {
  const select = createGapSelector(GAP_GROWING_MS);
  select([gap(1, 5)], 0, 0);
  deepStrictEqual(select([gap(1, 5)], 1_000, 0), [gap(1, 5)]);
  deepStrictEqual(select([gap(6, 8)], 2_000, 0), []);
  deepStrictEqual(select([gap(6, 8)], 3_000, 0), [gap(6, 8)]);
});

Deno.test("createGapSelector(): a gap whose row was evicted is reported again", () => {
  const select = createGapSelector(GAP_GROWING_MS);
  select([gap(1, 5)], 0, 0);
  deepStrictEqual(select([gap(1, 5)], 1_000, 0), [gap(1, 5)]);
  deepStrictEqual(select([gap(1, 5)], 2_000, 0), []);
  deepStrictEqual(select([gap(1, 5)], 1_000 + GAP_GROWING_MS, 0), [gap(1, 5)]);
});

Deno.test("createGapSelector(): at most GAPS_ON_THEIR_WAY_MAX gaps are on their way", () => {
  const select = createGapSelector(GAP_GROWING_MS);
  const max = GAPS_ON_THEIR_WAY_MAX;
  const gaps = Array.from({ length: 2 * max + 1 }, (_, id) => ({ ...gap(1, 5), id }));
  deepStrictEqual(select(gaps, 0, 0), []);
  deepStrictEqual(select(gaps, 1_000, 0), gaps.slice(0, max));
  // Not stored yet, then stored, then 10 of them delivered.
  deepStrictEqual(select(gaps, 2_000, 0), []);
  deepStrictEqual(select(gaps.slice(max), 3_000, max), []);
  deepStrictEqual(select(gaps.slice(max), 4_000, max - 10), gaps.slice(max, max + 10));
  deepStrictEqual(
    select(gaps.slice(max + 10), 5_000, 0),
    gaps.slice(max + 10, 2 * max + 10),
  );
});

Deno.test("runGapReporter(): nothing is announced while nothing is delivered, but it is logged", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const stop = new AbortController();
  const logged: number[] = [];
  const announced: (PendingGap | undefined)[] = [];
  let gaps = [gap(1, 5)];
  let isDelivering = false;
  const running = runGapReporter({
    buffer: {
      get pendingGaps() {
        return gaps;
      },
      gapsAnnounced: 0,
    },
    ingest: {
      append(_drafts, _signal, announces) {
        announced.push(announces);
        return Promise.resolve();
      },
    },
    clock,
    context: () => ({ gateway: "gw", site: null, atMs: 0, clockSynced: null }),
    isDelivering: () => isDelivering,
    onGap: ({ records }) => logged.push(records),
  }, stop.signal);
  running.catch(() => {});
  await clock.advance(3_000);
  await clock.advance(10 * GAP_GROWING_MS);
  gaps = [gap(1, 9)];
  await clock.advance(5_000);
  deepStrictEqual([logged, announced], [[5, 9], []]);
  isDelivering = true;
  await clock.advance(3_000);
  deepStrictEqual(announced, gaps);
  stop.abort(new Error("stopped"));
  await rejects(running, { message: "stopped" });
});
