/**
 * Emits gap records for rows that were evicted, because consumers could not detect
 * such a loss at the end of a stream.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { sleepUntilTick } from "../base/ticks.ts";
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
 * Maximum number of gaps on their way: announced and not delivered yet. More gap rows
 * would take the space of records in a small buffer and evict each other.
 */
export const GAPS_ON_THEIR_WAY_MAX = 50;

/** The interfaces that the gap reporter uses. */
export interface GapReporterOptions {
  readonly buffer: Pick<Buffer, "pendingGaps" | "gapsAnnounced">;
  readonly ingest: Pick<Ingest, "append">;
  readonly clock: Clock;
  /** The context of an event that happens now. */
  readonly context: () => EventContext;
  /**
   * True if the destination accepts rows. While it does not, gaps stay in their own
   * table, where they take little space and are merged.
   */
  readonly isDelivering: () => boolean;
  /** Receives each gap for the log, also while nothing is delivered. */
  readonly onGap: (gap: PendingGap) => void;
}

/** Reports gaps until `signal` aborts, then throws its reason. */
export async function runGapReporter(
  { buffer, ingest, clock, context, isDelivering, onGap }: GapReporterOptions,
  signal: AbortSignal,
): Promise<never> {
  const selectForLog = createGapSelector(Infinity);
  const select = createGapSelector(GAP_GROWING_MS);
  for (;;) {
    await sleepUntilTick(clock, CHECK_INTERVAL_MS, signal);
    const { pendingGaps: gaps, gapsAnnounced } = buffer;
    const nowMs = clock.monotonicMs();
    for (const gap of selectForLog(gaps, nowMs, null)) onGap(gap);
    if (!isDelivering()) continue;
    for (const gap of select(gaps, nowMs, gapsAnnounced)) {
      await ingest.append([gapEvent(context(), gap)], signal, gap);
    }
  }
}

/**
 * Selects the gaps to report now: those that have stopped growing, and those that have
 * grown for {@linkcode GAP_GROWING_MS}. A reported gap is not reported again while its
 * row is on its way; if it is still pending after another `repeatMs`, the row was
 * evicted itself, and the gap is reported again. Gaps beyond
 * {@linkcode GAPS_ON_THEIR_WAY_MAX} follow at a later check.
 *
 * The last argument is the number of gaps whose rows are stored; null = rows do not
 * count, only the gaps of one check.
 */
export function createGapSelector(repeatMs: number): (
  gaps: readonly PendingGap[],
  nowMs: number,
  onTheirWay: number | null,
) => PendingGap[] {
  let pending = new Map<number, { gap: PendingGap; sinceMs: number }>();
  const reported = new Map<number, { gap: PendingGap; atMs: number }>();
  return (gaps, nowMs, onTheirWay) => {
    const now = new Map(
      gaps.map((gap) => [gap.id, {
        gap,
        sinceMs: pending.get(gap.id)?.sinceMs ?? nowMs,
      }]),
    );
    let waiting = onTheirWay ?? 0;
    for (const [id, { atMs }] of reported) {
      if (!now.has(id)) reported.delete(id);
      else if (onTheirWay !== null && nowMs - atMs < repeatMs) waiting++;
    }
    const isDue = (gap: PendingGap): boolean => {
      const last = reported.get(gap.id);
      if (last !== undefined && !isAfter(gap, last.gap)) {
        const isLarger = gap.records > last.gap.records;
        return nowMs - last.atMs >= (isLarger ? GAP_GROWING_MS : repeatMs);
      }
      const before = pending.get(gap.id)?.gap;
      const sinceMs = now.get(gap.id)?.sinceMs ?? nowMs;
      return before?.records === gap.records || nowMs - sinceMs >= GAP_GROWING_MS;
    };
    const countMax = Math.max(0, GAPS_ON_THEIR_WAY_MAX - waiting);
    const due = gaps.filter(isDue).slice(0, countMax);
    for (const gap of due) {
      reported.set(gap.id, { gap, atMs: nowMs });
      now.set(gap.id, { gap, sinceMs: nowMs });
    }
    pending = now;
    return due;
  };
}

/** True if `gap` begins after the end of `reported`: it is another gap. */
function isAfter(gap: PendingGap, reported: PendingGap): boolean {
  if (gap.epoch !== reported.lastEpoch) return gap.epoch > reported.lastEpoch;
  return gap.firstSeq > reported.lastSeq;
}
