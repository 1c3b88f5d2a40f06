/**
 * The changes that are in memory and not on disk yet, when they are due, and what
 * was committed so far. Pure: events in, state out; `write_buffer.ts` runs the
 * transactions.
 *
 * @module
 */

import type { NewRow } from "../buffer.ts";
import {
  type CommitState,
  type CommitTiming,
  nextCommitMs,
} from "./commit_schedule.ts";
import {
  addChange,
  type Change,
  NO_CHANGES,
  type PendingChanges,
  removedBy,
  withoutCommitted,
} from "./pending_changes.ts";
import type { CommitBatch } from "../queue_commit.ts";
import { COMMIT_ROWS_MAX } from "./next_transaction.ts";
import type { CommitCounts } from "../queue_state.ts";

/**
 * Acknowledged rows that cause a commit of their own. Below this number they are
 * deleted with the next commit of new rows, which costs no additional write. In a
 * steady state new rows cause commits before so many rows are acknowledged; while a
 * backlog drains, the rows that a crash sends again are limited to this number and a
 * batch.
 */
export const ACKNOWLEDGED_ROWS_MAX = 2_000;

/** Delay after a failed commit; doubles up to the maximum. */
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 5_000;
/** The exponent of the retry delay is limited to this. */
const ATTEMPTS_MAX = 16;

/** Counters since this start. */
export interface CommitTotals extends CommitCounts {
  readonly storedBytes: number;
  /** Time of the last eviction by a commit, ms since the Unix epoch; null = none. */
  readonly evictedAtMs: number | null;
  readonly commits: number;
  readonly fullCommits: number;
  readonly failedCommits: number;
}

/** The memory of the write buffer. Times are monotonic, in ms, unless stated otherwise. */
export interface WriteBufferState extends CommitState {
  /** Uncommitted rows, oldest first. */
  readonly rows: readonly NewRow[];
  /** Payload bytes of `rows`. */
  readonly rowBytes: number;
  readonly changes: PendingChanges;
  /** Rows that `changes` will remove from the queue; readers must skip them. */
  readonly hidden: ReadonlySet<number>;
  /** No commit is tried before this time; -Infinity = at any time. */
  readonly retryAtMs: number;
  /** Failed commits since the last successful one. */
  readonly attempts: number;
  /** Why the last commit failed; null after a successful one. */
  readonly lastError: string | null;
  /** Rows and payload bytes committed since the start. */
  readonly rowsCompleted: number;
  readonly bytesCompleted: number;
  /** The longest commit since the last `statsRead`, in ms. */
  readonly commitMsMax: number;
  readonly totals: CommitTotals;
}

/** What happens to the write buffer; `nowMs` is monotonic. */
export type WriteBufferEvent =
  | {
    readonly kind: "append";
    readonly rows: readonly NewRow[];
    readonly nowMs: number;
  }
  | { readonly kind: "change"; readonly change: Change; readonly nowMs: number }
  /** One transaction was committed. */
  | {
    readonly kind: "committed";
    readonly batch: CommitBatch;
    readonly full: boolean;
    readonly counts: CommitCounts;
    readonly startMs: number;
    readonly durationMs: number;
    /** ms since the Unix epoch. */
    readonly wallMs: number;
  }
  /** Everything that was pending is committed. */
  | { readonly kind: "completed" }
  /** A transaction failed and can be retried. */
  | { readonly kind: "failed"; readonly error: string; readonly nowMs: number }
  /** Rows beyond lowered limits were evicted. */
  | { readonly kind: "trimmed"; readonly evicted: number }
  | { readonly kind: "statsRead" };

/** A write buffer without pending changes. */
export const EMPTY_WRITE_BUFFER: WriteBufferState = {
  rows: [],
  rowBytes: 0,
  changes: NO_CHANGES,
  hidden: new Set(),
  pendingSinceMs: null,
  windowSinceMs: null,
  retryAtMs: -Infinity,
  attempts: 0,
  lastError: null,
  rowsCompleted: 0,
  bytesCompleted: 0,
  commitMsMax: 0,
  totals: {
    stored: 0,
    storedBytes: 0,
    delivered: 0,
    evicted: 0,
    deadLetters: 0,
    evictedAtMs: null,
    commits: 0,
    fullCommits: 0,
    failedCommits: 0,
  },
};

/** The state after `event`. */
export function reduceWriteBuffer(
  state: WriteBufferState,
  event: WriteBufferEvent,
): WriteBufferState {
  switch (event.kind) {
    case "append":
      if (event.rows.length === 0) return state;
      return {
        ...state,
        rows: state.rows.concat(event.rows),
        rowBytes: state.rowBytes + payloadBytes(event.rows),
        pendingSinceMs: state.pendingSinceMs ?? event.nowMs,
      };
    case "change": {
      const changes = addChange(state.changes, state.hidden, event.change);
      if (changes === state.changes) return state;
      return withChanges(state, changes, state.pendingSinceMs ?? event.nowMs);
    }
    case "committed":
      return commitDone(state, event);
    case "completed":
      return {
        ...state,
        pendingSinceMs: null,
        retryAtMs: -Infinity,
        attempts: 0,
        lastError: null,
      };
    case "failed": {
      const delayMs = RETRY_FIRST_MS * 2 ** state.attempts;
      const { totals } = state;
      return {
        ...state,
        lastError: event.error,
        retryAtMs: event.nowMs + Math.min(RETRY_LONGEST_MS, delayMs),
        attempts: Math.min(state.attempts + 1, ATTEMPTS_MAX),
        totals: { ...totals, failedCommits: totals.failedCommits + 1 },
      };
    }
    case "trimmed": {
      const { totals } = state;
      return {
        ...state,
        totals: { ...totals, evicted: totals.evicted + event.evicted },
      };
    }
    case "statsRead":
      return { ...state, commitMsMax: 0 };
  }
}

function withChanges(
  state: WriteBufferState,
  changes: PendingChanges,
  pendingSinceMs: number | null,
): WriteBufferState {
  return { ...state, changes, hidden: removedBy(changes), pendingSinceMs };
}

function commitDone(
  state: WriteBufferState,
  event: Extract<WriteBufferEvent, { kind: "committed" }>,
): WriteBufferState {
  const { batch, full, counts, startMs, durationMs, wallMs } = event;
  const { totals } = state;
  const bytes = payloadBytes(batch.rows);
  const changes = withoutCommitted(state.changes, batch);
  return {
    ...withChanges(state, changes, state.pendingSinceMs),
    rows: state.rows.slice(batch.rows.length),
    rowBytes: state.rowBytes - bytes,
    windowSinceMs: full ? null : state.windowSinceMs ?? startMs,
    rowsCompleted: state.rowsCompleted + batch.rows.length,
    bytesCompleted: state.bytesCompleted + bytes,
    commitMsMax: Math.max(state.commitMsMax, durationMs),
    totals: {
      stored: totals.stored + counts.stored,
      storedBytes: totals.storedBytes + bytes,
      delivered: totals.delivered + counts.delivered,
      evicted: totals.evicted + counts.evicted,
      deadLetters: totals.deadLetters + counts.deadLetters,
      evictedAtMs: counts.evicted > 0 ? wallMs : totals.evictedAtMs,
      commits: totals.commits + 1,
      fullCommits: totals.fullCommits + (full ? 1 : 0),
      failedCommits: totals.failedCommits,
    },
  };
}

/** When the next commit is due: -Infinity = now, Infinity = not at all. */
export function dueMsOf(
  state: WriteBufferState,
  timing: CommitTiming,
  bytesMax: number,
): number {
  const isFull = state.rows.length >= COMMIT_ROWS_MAX || state.rowBytes >= bytesMax ||
    state.changes.acknowledged.length >= ACKNOWLEDGED_ROWS_MAX;
  return Math.max(isFull ? -Infinity : nextCommitMs(timing, state), state.retryAtMs);
}

function payloadBytes(rows: readonly NewRow[]): number {
  let bytes = 0;
  for (const row of rows) bytes += row.payload.length;
  return bytes;
}
