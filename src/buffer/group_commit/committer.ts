/**
 * Commits the changes of the write buffer. A failed transaction leaves its changes
 * pending, to be retried.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { nextTransaction, type TransactionLimits } from "./next_transaction.ts";
import { type CommitBatch, EMPTY_BATCH, type Queue } from "../queue.ts";
import { deletableRows } from "../retention.ts";
import { DbFailure, type DbFailureKind } from "../store/database.ts";
import {
  EMPTY_WRITE_BUFFER,
  reduceWriteBuffer,
  type WriteBufferEvent,
  type WriteBufferState,
} from "./write_buffer_state.ts";

/** Holds the state of a write buffer and runs its transactions. */
export interface Committer {
  readonly state: WriteBufferState;
  dispatch(event: WriteBufferEvent): void;
  /**
   * Commits all pending changes; `full` = with synchronous=FULL.
   *
   * @returns false if the commit failed and is to be retried.
   * @throws {DbFailure} if a retry cannot succeed.
   */
  commit(full: boolean): boolean;
}

/** Creates a committer without pending changes. */
export function createCommitter(queue: Queue, clock: Clock): Committer {
  let state = EMPTY_WRITE_BUFFER;

  function dispatch(event: WriteBufferEvent): void {
    state = reduceWriteBuffer(state, event);
  }

  function runTransaction(batch: CommitBatch, full: boolean): void {
    const startMs = clock.monotonicMs();
    const wallMs = clock.wallMs();
    const counts = queue.commit(batch, wallMs, full);
    const durationMs = clock.monotonicMs() - startMs;
    dispatch({ kind: "committed", batch, full, counts, startMs, durationMs, wallMs });
  }

  function limits(): TransactionLimits {
    return {
      bytesMax: queue.limits.commitBytesMax,
      deletedRowsMax: deletableRows(queue.limits, queue),
    };
  }

  /** On a full disk, a checkpoint and the deletion of delivered rows can free space. */
  function freeSpace(): void {
    ignoreTransient(() => {
      queue.checkpoint();
      while (state.changes.acknowledged.length > 0) {
        const acknowledged = state.changes.acknowledged.slice(
          0,
          limits().deletedRowsMax,
        );
        runTransaction({ ...EMPTY_BATCH, acknowledged }, false);
      }
    });
  }

  function commit(full: boolean): boolean {
    try {
      for (;;) {
        const next = nextTransaction(state, full, limits());
        if (next === undefined) break;
        runTransaction(next.batch, next.full);
      }
      dispatch({ kind: "completed" });
      return true;
    } catch (error) {
      if (!(error instanceof DbFailure) || !error.isTransient) throw error;
      const description = `${DESCRIPTIONS[error.kind]}: ${error.message}`;
      dispatch({ kind: "failed", error: description, nowMs: clock.monotonicMs() });
      if (error.kind === "full") freeSpace();
      return false;
    }
  }

  return {
    get state() {
      return state;
    },
    dispatch,
    commit,
  };
}

/** Runs `work`; undefined if the database failed and a later retry may succeed. */
export function ignoreTransient<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DbFailure) || !error.isTransient) throw error;
    return undefined;
  }
}

const DESCRIPTIONS: Readonly<Record<DbFailureKind, string>> = {
  full: "disk full",
  io: "disk failure",
  busy: "file in use",
  corrupt: "file damaged",
  other: "database error",
};
