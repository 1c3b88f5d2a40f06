/**
 * Emits gap records for rows that were evicted, because consumers could not detect
 * such a loss at the end of a stream.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Buffer, PendingGap } from "../buffer/buffer.ts";
import { type EventContext, gapEvent } from "../records/events.ts";
import type { Ingest } from "./ingest.ts";

/** How often the buffer is checked for gaps, in ms. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Maximum time before a gap that still grows is reported, in ms. Until then it is one
 * gap instead of many, each of which would evict more rows.
 */
export const GAP_GROWING_MS = 60_000;

/**
 * Maximum number of gaps reported per check: in a small buffer, more gap rows would
 * evict each other before any of them is sent.
 */
export const GAPS_PER_CHECK_MAX = 50;

/** The interfaces that the gap reporter uses. */
export interface GapReporterOptions {
  readonly buffer: Pick<Buffer, "pendingGaps">;
  readonly ingest: Pick<Ingest, "append">;
  readonly clock: Clock;
  /** The context of an event that happens now. */
  readonly context: () => EventContext;
  /** Receives each gap that is reported. */
  readonly onGap: (gap: PendingGap) => void;
}

/** Reports gaps until `signal` aborts, then throws its reason. */
export async function runGapReporter(
  { buffer, ingest, clock, context, onGap }: GapReporterOptions,
  signal: AbortSignal,
): Promise<never> {
  const select = createGapSelector();
  for (;;) {
    await clock.sleep(CHECK_INTERVAL_MS, signal);
    for (const gap of select(buffer.pendingGaps, clock.monotonicMs())) {
      onGap(gap);
      await ingest.append([gapEvent(context(), gap)], signal, gap);
    }
  }
}

/**
 * Selects the gaps to report now: those that have stopped growing, and those that have
 * grown for {@linkcode GAP_GROWING_MS}. A reported gap is not reported again while its
 * row is on its way; if it is still pending after another `GAP_GROWING_MS`, the row was
 * evicted itself, and the gap is reported again. Gaps beyond
 * {@linkcode GAPS_PER_CHECK_MAX} follow at the next check.
 */
export function createGapSelector(): (
  gaps: readonly PendingGap[],
  nowMs: number,
) => PendingGap[] {
  let pending = new Map<number, { gap: PendingGap; sinceMs: number }>();
  const reported = new Map<number, { lastSeq: number; atMs: number }>();
  return (gaps, nowMs) => {
    const now = new Map(
      gaps.map((gap) => [gap.id, {
        gap,
        sinceMs: pending.get(gap.id)?.sinceMs ?? nowMs,
      }]),
    );
    for (const id of reported.keys()) if (!now.has(id)) reported.delete(id);
    const due = gaps.filter((gap) => {
      const last = reported.get(gap.id);
      if (last !== undefined && gap.firstSeq <= last.lastSeq) {
        return nowMs - last.atMs >= GAP_GROWING_MS;
      }
      const stopped = pending.get(gap.id)?.gap.lastSeq === gap.lastSeq;
      const sinceMs = now.get(gap.id)?.sinceMs ?? nowMs;
      return stopped || nowMs - sinceMs >= GAP_GROWING_MS;
    }).slice(0, GAPS_PER_CHECK_MAX);
    for (const gap of due) {
      reported.set(gap.id, { lastSeq: gap.lastSeq, atMs: nowMs });
      now.set(gap.id, { gap, sinceMs: nowMs });
    }
    pending = now;
    return due;
  };
}
