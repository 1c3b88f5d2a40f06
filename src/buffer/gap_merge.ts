/**
 * Merges gaps: those that are adjacent, and, where there are too many, those with the
 * fewest delivered numbers between them. Pure.
 *
 * @module
 */

import type { PendingGap } from "./buffer.ts";

/** Two gaps that follow each other in one stream. */
interface Pair {
  /** Index of the first one in the sorted list. */
  readonly at: number;
  /** Estimate of the delivered numbers between them. */
  readonly between: number;
}

/** Added to the distance of gaps of two reasons: the merged gap states one of them. */
const OTHER_REASON = 0.25;
/** Distance where the second gap begins with the first number of its epoch. */
const NEXT_EPOCH = 0.5;
/** Least distance of gaps of two epochs between which numbers were delivered. */
const OTHER_EPOCH = 1_000;

/** True if all numbers of the range are missing. */
export function isExact(
  { epoch, firstSeq, lastEpoch, lastSeq, records }: PendingGap,
): boolean {
  return epoch === lastEpoch && records === lastSeq - firstSeq + 1;
}

/** Merges gaps of one stream, epoch and reason that are adjacent or overlap. */
export function mergeAdjacent<G extends PendingGap>(gaps: readonly G[]): G[] {
  const sorted = [...gaps].sort(inOrder);
  const last = new Map<string, number>();
  const merged: G[] = [];
  for (const gap of sorted) {
    const key = `${gap.epoch} ${gap.lastEpoch} ${gap.reason} ${gap.stream}`;
    const at = last.get(key);
    const before = at === undefined ? undefined : merged[at];
    if (
      at !== undefined && before !== undefined && gap.epoch === gap.lastEpoch &&
      gap.firstSeq <= before.lastSeq + 1
    ) {
      merged[at] = join(before, gap);
    } else last.set(key, merged.push(gap) - 1);
  }
  return merged;
}

/**
 * Merges gaps of a stream until at most `countMax` are left, but leaves one for each
 * stream. The merged gap spans the numbers between, which were delivered or are still
 * stored; `records` states how many are missing.
 */
export function mergeNearest<G extends PendingGap>(
  gaps: readonly G[],
  countMax: number,
): G[] {
  const sorted = [...gaps].sort(inOrder);
  const pairs: Pair[] = [];
  for (const [at, gap] of sorted.entries()) {
    const next = sorted[at + 1];
    if (next === undefined || next.stream !== gap.stream) continue;
    pairs.push({ at, between: numbersBetween(gap, next) });
  }
  pairs.sort((a, b) => a.between - b.between);
  const joined = new Set(
    pairs.slice(0, Math.max(0, gaps.length - countMax)).map(({ at }) => at),
  );
  const merged: G[] = [];
  for (const [at, gap] of sorted.entries()) {
    const before = joined.has(at - 1) ? merged.pop() : undefined;
    merged.push(before === undefined ? gap : join(before, gap));
  }
  return merged;
}

/** `gap` begins after `before`, or at the same number. */
function join<G extends PendingGap>(before: G, gap: G): G {
  const reachesBeyond = gap.lastEpoch > before.lastEpoch ||
    (gap.lastEpoch === before.lastEpoch && gap.lastSeq > before.lastSeq);
  const end = reachesBeyond ? gap : before;
  const range = {
    ...before,
    ...{ id: Math.min(before.id, gap.id), reason: end.reason },
    ...{ lastEpoch: end.lastEpoch, lastSeq: end.lastSeq },
  };
  const span = range.lastSeq - range.firstSeq + 1;
  const isAdjacent = gap.epoch === before.lastEpoch &&
    gap.firstSeq <= before.lastSeq + 1;
  if (isAdjacent && isExact(before) && isExact(gap)) return { ...range, records: span };
  const records = before.records + gap.records;
  const isOfOneEpoch = range.epoch === range.lastEpoch;
  return { ...range, records: isOfOneEpoch ? Math.min(span, records) : records };
}

function numbersBetween(gap: PendingGap, next: PendingGap): number {
  const reason = gap.reason === next.reason ? 0 : OTHER_REASON;
  if (next.epoch === gap.lastEpoch) {
    return reason + Math.max(0, next.firstSeq - gap.lastSeq - 1);
  }
  return reason + (next.firstSeq === 1 ? NEXT_EPOCH : OTHER_EPOCH + next.firstSeq);
}

function inOrder(a: PendingGap, b: PendingGap): number {
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.epoch - b.epoch || a.firstSeq - b.firstSeq || a.id - b.id;
}
