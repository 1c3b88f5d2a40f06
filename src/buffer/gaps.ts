/**
 * Tracks sequence numbers that were assigned and then lost. Pure: every function
 * takes a state and returns one.
 *
 * A gap is pending until a row that announces it is stored, and is removed only
 * after that row has been delivered. If the announcing row is itself evicted, the
 * gap is pending again, so no gap is lost. Adjacent pending gaps of one stream,
 * epoch and reason are merged, so the state stays small during a long eviction.
 *
 * @module
 */

import type { GapReason, PendingGap } from "./buffer.ts";

/** Above this number, pending gaps of one stream, epoch and reason are merged into one. */
export const PENDING_GAPS_MAX = 2_000;

/**
 * Maximum number of pending gaps; beyond it the oldest are dropped. To reach that
 * many combinations of stream, epoch and reason takes years of restarts with a
 * full buffer and no uplink.
 */
export const PENDING_KEYS_MAX = 20_000;

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
export type LostRange = Omit<PendingGap, "id">;

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
  let nextId = state.nextId;
  const firstSeq = Math.max(now.firstSeq, gap.firstSeq);
  const lastSeq = Math.min(now.lastSeq, gap.lastSeq);
  if (firstSeq > lastSeq) return state;
  const rest: TrackedGap[] = [];
  if (now.firstSeq < firstSeq) {
    rest.push({ ...now, id: nextId++, lastSeq: firstSeq - 1 });
  }
  if (now.lastSeq > lastSeq) {
    rest.push({ ...now, id: nextId++, firstSeq: lastSeq + 1 });
  }
  const gaps = state.gaps.filter((one) => one !== now);
  gaps.push({ ...now, firstSeq, lastSeq, announcedBy: rowId }, ...rest);
  return { gaps, nextId };
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
  const announced = gaps.filter((gap) => gap.announcedBy !== null);
  let spans = [...byKey(gaps).values()].flatMap((group) => merge(group, 1));
  if (spans.length > PENDING_GAPS_MAX) {
    // Merged to one gap per stream, epoch and reason, which may include numbers
    // that were delivered between two that were not.
    spans = [...byKey(spans).values()].flatMap((group) => merge(group, Infinity));
  }
  spans.sort((a, b) => a.id - b.id);
  return [...announced, ...spans.slice(-PENDING_KEYS_MAX)];
}

function byKey(gaps: readonly TrackedGap[]): Map<string, TrackedGap[]> {
  const groups = new Map<string, TrackedGap[]>();
  for (const gap of gaps) {
    if (gap.announcedBy !== null) continue;
    const key = `${gap.epoch} ${gap.reason} ${gap.stream}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [gap]);
    else group.push(gap);
  }
  return groups;
}

/** Merges the gaps of one key that are at most `distance` numbers apart. */
function merge(group: TrackedGap[], distance: number): TrackedGap[] {
  group.sort((a, b) => a.firstSeq - b.firstSeq);
  const merged: TrackedGap[] = [];
  for (const gap of group) {
    const last = merged.at(-1);
    if (last === undefined || gap.firstSeq > last.lastSeq + distance) {
      merged.push(gap);
      continue;
    }
    if (gap.lastSeq <= last.lastSeq && gap.id > last.id) continue;
    merged[merged.length - 1] = {
      ...last,
      id: Math.min(last.id, gap.id),
      lastSeq: Math.max(last.lastSeq, gap.lastSeq),
    };
  }
  return merged;
}
