/**
 * Tracks sequence numbers that were assigned and then lost. Pure: every function
 * takes a state and returns one.
 *
 * A gap is pending until a row that announces it is stored, and is removed only
 * after that row has been delivered. If the announcing row is itself evicted, the
 * gap is pending again, so no gap is lost. Adjacent pending gaps of one stream,
 * epoch and reason are merged, so the state stays small during a long eviction.
 * Where there are too many nevertheless, gaps of one stream are merged over what lies
 * between them (`gap_merge.ts`).
 *
 * @module
 */

import type { GapReason, PendingGap } from "./buffer.ts";
import { isExact, mergeAdjacent, mergeNearest } from "./gap_merge.ts";

/** Share of the limit that is left when gaps are merged, so that it is rarely done. */
const SHARE_LEFT = 3 / 4;

/** A gap, pending or announced. */
export interface TrackedGap extends PendingGap {
  /** Id of the row that announces it; null while it is pending. */
  readonly announcedBy: number | null;
}

/** A sequence number that was lost. */
export interface LostSeq {
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
  readonly reason: GapReason;
}

/** Consecutive sequence numbers that were lost. */
export type LostRange = Omit<PendingGap, "id" | "lastEpoch" | "records">;

/** All gaps, and the id for the next one. */
export interface GapState {
  readonly gaps: readonly TrackedGap[];
  readonly nextId: number;
}

/** Gaps that no stored row announces. */
export function pending(state: GapState): TrackedGap[] {
  return state.gaps.filter((gap) => gap.announcedBy === null);
}

/** Adds lost sequence numbers. */
export function addLost(state: GapState, lost: readonly LostSeq[]): GapState {
  return addLostRanges(
    state,
    lost.map(({ stream, epoch, seq, reason }) => ({
      stream,
      epoch,
      firstSeq: seq,
      lastSeq: seq,
      reason,
    })),
  );
}

/** Adds ranges of lost sequence numbers. */
export function addLostRanges(state: GapState, lost: readonly LostRange[]): GapState {
  if (lost.length === 0) return state;
  let nextId = state.nextId;
  const fresh = lost.map((range): TrackedGap => ({
    ...range,
    lastEpoch: range.epoch,
    records: range.lastSeq - range.firstSeq + 1,
    id: nextId++,
    announcedBy: null,
  }));
  return { gaps: mergeGaps([...state.gaps, ...fresh]), nextId };
}

/** Adds gaps of another file; they get new ids. */
export function addGaps(
  state: GapState,
  gaps: readonly Omit<TrackedGap, "id">[],
): GapState {
  if (gaps.length === 0) return state;
  const fresh = gaps.map((gap, at) => ({ ...gap, id: state.nextId + at }));
  const nextId = state.nextId + gaps.length;
  return { gaps: mergeGaps([...state.gaps, ...fresh]), nextId };
}

/**
 * Marks `gap`, as read earlier, as announced by the stored row `rowId`.
 * Numbers added to the gap since it was read stay pending.
 */
export function announce(state: GapState, gap: PendingGap, rowId: number): GapState {
  const now = state.gaps.find((one) => one.id === gap.id && one.announcedBy === null);
  if (now === undefined) return state;
  const [announced, ...rest] = isExact(now) && isExact(gap)
    ? splitExact(now, gap)
    : splitMerged(now, gap);
  if (announced === undefined) return state;
  let nextId = state.nextId;
  const gaps = state.gaps.filter((one) => one !== now);
  gaps.push(
    { ...now, ...announced, announcedBy: rowId },
    ...rest.map((part) => ({ ...now, ...part, id: nextId++ })),
  );
  return { gaps, nextId };
}

/** Numbers of a gap. */
type Part = Pick<
  PendingGap,
  "epoch" | "firstSeq" | "lastEpoch" | "lastSeq" | "records"
>;

/** The announced part of `now`, and what was added since `gap` was read. */
function splitExact(now: PendingGap, gap: PendingGap): readonly Part[] {
  const firstSeq = Math.max(now.firstSeq, gap.firstSeq);
  const lastSeq = Math.min(now.lastSeq, gap.lastSeq);
  if (now.epoch !== gap.epoch || firstSeq > lastSeq) return [];
  const part = (firstSeq: number, lastSeq: number): Part => {
    const { epoch, lastEpoch } = now;
    return { epoch, firstSeq, lastEpoch, lastSeq, records: lastSeq - firstSeq + 1 };
  };
  return [
    part(firstSeq, lastSeq),
    ...(now.firstSeq < firstSeq ? [part(now.firstSeq, firstSeq - 1)] : []),
    ...(now.lastSeq > lastSeq ? [part(lastSeq + 1, now.lastSeq)] : []),
  ];
}

/** The same where it is not known which numbers of the range are missing. */
function splitMerged(now: PendingGap, gap: PendingGap): readonly Part[] {
  const { epoch, firstSeq, lastEpoch, lastSeq } = gap;
  const records = Math.min(now.records, gap.records);
  const announced = { epoch, firstSeq, lastEpoch, lastSeq, records };
  const added = now.records - records;
  if (added === 0) return [announced];
  const isSameStart = now.epoch === epoch && now.firstSeq === firstSeq;
  const isLonger = now.lastEpoch !== lastEpoch || now.lastSeq > lastSeq;
  const start = isSameStart && isLonger
    ? { epoch: lastEpoch, firstSeq: lastSeq + 1 }
    : { epoch: now.epoch, firstSeq: now.firstSeq };
  const end = { lastEpoch: now.lastEpoch, lastSeq: now.lastSeq };
  return [announced, { ...start, ...end, records: added }];
}

/** Merges pending gaps if there are more than `countMax`; one for each stream is left. */
export function compactGaps(state: GapState, countMax: number): GapState {
  const count = state.gaps.reduce(
    (sum, gap) => gap.announcedBy === null ? sum + 1 : sum,
    0,
  );
  if (count <= countMax) return state;
  const left = Math.floor(countMax * SHARE_LEFT);
  const gaps = withPending(state.gaps, (open) => mergeNearest(open, left));
  return { ...state, gaps };
}

/** Removes the gaps whose announcing rows were delivered. */
export function dropDelivered(
  state: GapState,
  delivered: ReadonlySet<number>,
): GapState {
  const gaps = state.gaps.filter((gap) =>
    gap.announcedBy === null || !delivered.has(gap.announcedBy)
  );
  return gaps.length === state.gaps.length ? state : { ...state, gaps };
}

/** Makes the gaps that lost rows announced pending again. */
export function reopen(state: GapState, lostRows: ReadonlySet<number>): GapState {
  let reopened = false;
  const gaps = state.gaps.map((gap) => {
    if (gap.announcedBy === null || !lostRows.has(gap.announcedBy)) return gap;
    reopened = true;
    return { ...gap, announcedBy: null };
  });
  return reopened ? { ...state, gaps: mergeGaps(gaps) } : state;
}

/** Merges pending gaps that are adjacent or overlap; the lowest id is kept. */
function mergeGaps(gaps: readonly TrackedGap[]): TrackedGap[] {
  return withPending(gaps, (open) => mergeAdjacent(open));
}

function withPending(
  gaps: readonly TrackedGap[],
  merge: (open: readonly TrackedGap[]) => TrackedGap[],
): TrackedGap[] {
  const announced = gaps.filter((gap) => gap.announcedBy !== null);
  const open = merge(gaps.filter((gap) => gap.announcedBy === null));
  return [...announced, ...open.sort((a, b) => a.id - b.id)];
}
