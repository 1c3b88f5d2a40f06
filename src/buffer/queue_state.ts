/**
 * The in-memory state of the queue, and how a committed transaction changes it. Pure:
 * the transaction reports its changes, the reducer computes the next state.
 *
 * @module
 */

import type { LastSeq, NewRow } from "./buffer.ts";
import {
  addLost,
  addLostRanges,
  announce,
  dropDelivered,
  type GapState,
  type LostRange,
  type LostSeq,
  reopen,
} from "./gaps.ts";

/** The queue as of its last commit. */
export interface StoredState {
  /** Number of stored rows. */
  readonly rows: number;
  /** The last id that was assigned. */
  readonly lastId: number;
  readonly gaps: GapState;
  readonly streams: ReadonlyMap<string, LastSeq>;
}

/** One change that a transaction made. */
export type QueueChange =
  /**
   * A start found that the file lacks the numbers `missing`; `streams` are the last
   * numbers given out before it.
   */
  | {
    readonly kind: "begun";
    readonly missing: readonly LostRange[];
    readonly streams: ReadonlyMap<string, LastSeq>;
  }
  /** `rows` of the rows `ids` existed and were deleted after delivery. */
  | {
    readonly kind: "delivered";
    readonly ids: readonly number[];
    readonly rows: number;
  }
  /**
   * Of the new `rows`, the rows `kept` were inserted with consecutive ids, the last
   * of them `lastId`; the others did not fit and were dropped.
   */
  | {
    readonly kind: "stored";
    readonly rows: readonly NewRow[];
    readonly kept: readonly NewRow[];
    readonly lastId: number;
  }
  /** Undelivered rows left the queue; `lost` includes the dropped new rows. */
  | {
    readonly kind: "lost";
    readonly evicted: readonly number[];
    readonly deadLetters: readonly number[];
    readonly lost: readonly LostSeq[];
  };

/** What a commit did, in rows. */
export interface CommitCounts {
  /** New rows, including those evicted in the same commit. */
  readonly stored: number;
  readonly delivered: number;
  readonly evicted: number;
  readonly deadLetters: number;
}

/** The state after one change. */
export function applyChange(state: StoredState, change: QueueChange): StoredState {
  switch (change.kind) {
    case "begun":
      return {
        ...state,
        gaps: addLostRanges(state.gaps, change.missing),
        streams: change.streams,
      };
    case "delivered":
      if (change.rows === 0) return state;
      return {
        ...state,
        rows: state.rows - change.rows,
        gaps: dropDelivered(state.gaps, new Set(change.ids)),
      };
    case "stored": {
      const firstId = change.lastId - change.kept.length + 1;
      const gaps = change.kept.reduce(
        (gaps, { announcesGap }, at) =>
          announcesGap === undefined
            ? gaps
            : announce(gaps, announcesGap, firstId + at),
        state.gaps,
      );
      return {
        rows: state.rows + change.kept.length,
        lastId: change.lastId,
        gaps,
        streams: change.rows.length === 0
          ? state.streams
          : new Map([...state.streams, ...lastSeqs(change.rows)]),
      };
    }
    case "lost": {
      const ids = [...change.evicted, ...change.deadLetters];
      return {
        ...state,
        rows: state.rows - ids.length,
        gaps: addLost(reopen(state.gaps, new Set(ids)), change.lost),
      };
    }
  }
}

/** The row counts of one transaction. */
export function countRows(changes: readonly QueueChange[]): CommitCounts {
  const counts = { stored: 0, delivered: 0, evicted: 0, deadLetters: 0 };
  for (const change of changes) {
    switch (change.kind) {
      case "delivered":
        counts.delivered += change.rows;
        break;
      case "stored":
        counts.stored += change.rows.length;
        counts.evicted += change.rows.length - change.kept.length;
        break;
      case "lost":
        counts.evicted += change.evicted.length;
        counts.deadLetters += change.deadLetters.length;
        break;
    }
  }
  return counts;
}

/** The last sequence number of each stream in `rows`. */
export function lastSeqs(rows: readonly NewRow[]): Map<string, LastSeq> {
  return new Map(rows.map(({ stream, epoch, seq }) => [stream, { epoch, seq }]));
}
