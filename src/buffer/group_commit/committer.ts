/**
 * Commits the changes of the write buffer. A failed transaction leaves its changes
 * pending, to be retried.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import {
  nextSmallStep,
  type NextTransaction,
  nextTransaction,
  type SmallStepLimits,
  type TransactionLimits,
} from "./next_transaction.ts";
import {
  type CommitBatch,
  type CommitCounts,
  EMPTY_BATCH,
  type Queue,
  type QueueLimits,
} from "../queue.ts";
import { deletableRows } from "../retention.ts";
import { DbFailure, type DbFailureKind, ignoreTransient } from "../store/database.ts";
import { PAGE_BYTES } from "../store/schema.ts";
import { GROWTH_BYTES_MAX, type Reserve, reserveBytes } from "../store/reserve.ts";
import {
  EMPTY_WRITE_BUFFER,
  reduceWriteBuffer,
  type WriteBufferEvent,
  type WriteBufferState,
} from "./write_buffer_state.ts";

/** How often the end of a full disk is looked for, in ms. */
export const DISK_RETRY_MS = 10_000;

/**
 * Maximum duration of a commit in small steps, in ms, after which the worker handles
 * other requests; longer for one that must be durable.
 */
const STEPS_TIME_MAX_MS = 1_000;
const DURABLE_STEPS_TIME_MAX_MS = 4_000;

/**
 * Pages by which the file may grow on a full disk: without free pages nothing could be
 * stored and delivered, and without its schema no row. The reserve has space for them
 * beside the log (`GROWTH_BYTES_MAX` in `store/reserve.ts`).
 */
const GROWTH_PAGES_MAX = GROWTH_BYTES_MAX / PAGE_BYTES;

/** Pages of indexes and tables that a small step may take beside those of its rows. */
const STEP_PAGES_EXTRA = 5;

/** Limits of a transaction on a full disk: its log fits into the reserve. */
const SMALL_STEP: TransactionLimits = { bytesMax: 16 * 1024, deletedRowsMax: 50 };

/** Rows wait for pages that deletions free, or for the end of the full disk. */
const NO_SPACE = new DbFailure("full", "no free pages in the buffer's file");

/** Holds the state of a write buffer and runs its transactions. */
export interface Committer {
  /** True from a commit that failed on a full disk until the reserve is there again. */
  readonly isDiskFull: boolean;
  readonly state: WriteBufferState;
  dispatch(event: WriteBufferEvent): void;
  /**
   * Commits all pending changes; `full` = with synchronous=FULL.
   *
   * @returns false if the commit failed, or is not finished, and is to be repeated.
   * @throws {DbFailure} if a retry cannot succeed.
   */
  commit(full: boolean): boolean;
  /** Changes the limits of the queue, and the reserve with them. */
  adjust(limits: QueueLimits): void;
}

/** Disk space that is released while the disk is full. */
export type DiskReserve = Pick<Reserve, "resize" | "release" | "renew">;

/** Creates a committer without pending changes. */
export function createCommitter(
  queue: Queue,
  clock: Clock,
  reserve: DiskReserve,
): Committer {
  const transactions = createTransactions(queue, clock);
  const { dispatch, commitAll } = transactions;
  let renewAtMs = 0;
  // A disk that is full at the start is known before the log takes the reserve's space.
  renewReserve();

  /** The disk is full until there is space for a reserve, which limits the log. */
  function renewReserve(): void {
    reserve.resize(reserveBytes(queue.limits));
    const logBytesMax = reserve.renew();
    transactions.useSmallSteps(logBytesMax === 0);
    if (logBytesMax === 0) return;
    queue.limitLog(logBytesMax);
    const isLimited = logBytesMax < queue.limits.walBytesMax;
    // The log may be larger than that.
    if (isLimited) ignoreTransient(() => queue.checkpoint());
  }

  function lookForSpace(): void {
    const nowMs = clock.monotonicMs();
    if (!transactions.isDiskFull || nowMs < renewAtMs) return;
    renewAtMs = nowMs + DISK_RETRY_MS;
    renewReserve();
  }

  function fail({ kind, message }: DbFailure): void {
    const description = `${DESCRIPTIONS[kind]}: ${message}`;
    dispatch({ kind: "failed", error: description, nowMs: clock.monotonicMs() });
  }

  function commit(full: boolean): boolean {
    lookForSpace();
    let outcome = commitAll(full);
    if (outcome instanceof DbFailure && outcome.kind === "full") {
      transactions.useSmallSteps(true);
      renewAtMs = clock.monotonicMs() + DISK_RETRY_MS;
      reserve.release();
      transactions.freeSpace();
      outcome = commitAll(full);
    }
    if (outcome === "done") dispatch({ kind: "completed" });
    if (outcome === "no_space") fail(NO_SPACE);
    if (outcome instanceof DbFailure) fail(outcome);
    return outcome === "done";
  }

  return {
    get state() {
      return transactions.state;
    },
    get isDiskFull() {
      return transactions.isDiskFull;
    },
    dispatch,
    commit,
    adjust(bounds) {
      queue.adjust(bounds);
      renewReserve();
    },
  };
}

/** The transactions of a committer. */
interface Transactions extends Omit<Committer, "commit" | "adjust"> {
  /** Keeps transactions small while the disk is full. */
  useSmallSteps(isFull: boolean): void;
  /** On a full disk, a checkpoint and the deletion of delivered rows can free space. */
  freeSpace(): void;
  /** Commits what is pending; returns the failure if a retry can succeed. */
  commitAll(full: boolean): "done" | "unfinished" | "no_space" | DbFailure;
}

function createTransactions(queue: Queue, clock: Clock): Transactions {
  let state = EMPTY_WRITE_BUFFER;
  /** Pages of the file when the disk became full; null while it is not. */
  let pagesBefore: number | null = null;

  function dispatch(event: WriteBufferEvent): void {
    state = reduceWriteBuffer(state, event);
  }

  function runTransaction(batch: CommitBatch, full: boolean): CommitCounts {
    const startMs = clock.monotonicMs();
    const wallMs = clock.wallMs();
    const counts = queue.commit(batch, wallMs, full);
    const durationMs = clock.monotonicMs() - startMs;
    dispatch({ kind: "committed", batch, full, counts, startMs, durationMs, wallMs });
    // The log must not grow: the next transaction overwrites it.
    if (pagesBefore !== null) ignoreTransient(() => queue.checkpoint());
    return counts;
  }

  function next(full: boolean): NextTransaction | "no_space" | undefined {
    return pagesBefore === null
      ? nextTransaction(state, full, limitsOf(queue))
      : nextSmallStep(state, full, smallStep(queue, pagesBefore));
  }

  return {
    get state() {
      return state;
    },
    get isDiskFull() {
      return pagesBefore !== null;
    },
    dispatch,
    useSmallSteps(isFull) {
      if (!isFull) pagesBefore = null;
      else pagesBefore ??= queue.countPages().all;
    },
    freeSpace() {
      const untilMs = clock.monotonicMs() + STEPS_TIME_MAX_MS;
      ignoreTransient(() => {
        queue.checkpoint();
        while (state.changes.acknowledged.length > 0 && clock.monotonicMs() < untilMs) {
          const { deletedRowsMax } = SMALL_STEP;
          const acknowledged = state.changes.acknowledged.slice(0, deletedRowsMax);
          runTransaction({ ...EMPTY_BATCH, acknowledged }, false);
        }
      });
    },
    commitAll(full) {
      const timeMs = full ? DURABLE_STEPS_TIME_MAX_MS : STEPS_TIME_MAX_MS;
      const untilMs = clock.monotonicMs() + timeMs;
      try {
        for (;;) {
          const step = next(full);
          if (step === undefined) return "done";
          if (step === "no_space") {
            // Rows that are too old, or beyond other limits, free pages.
            if (runTransaction({ ...EMPTY_BATCH }, false).evicted === 0) return step;
            continue;
          }
          if (pagesBefore !== null && clock.monotonicMs() > untilMs) {
            return "unfinished";
          }
          runTransaction(step.batch, step.full);
        }
      } catch (error) {
        if (!(error instanceof DbFailure) || !error.isTransient) throw error;
        return error;
      }
    },
  };
}

/** @param pagesBefore pages of the file when the disk became full */
function smallStep(queue: Queue, pagesBefore: number): SmallStepLimits {
  // At the limit of the file, the oldest rows make room in the same transaction.
  const isAtLimit = queue.bytes + 2 * SMALL_STEP.bytesMax > queue.limits.fileBytesMax;
  if (isAtLimit) {
    return {
      ...SMALL_STEP,
      rowBytesMax: SMALL_STEP.bytesMax,
      schemaBytesMax: Infinity,
    };
  }
  const { all, free } = queue.countPages();
  const growth = Math.max(0, pagesBefore + GROWTH_PAGES_MAX - all);
  const bytes = Math.max(0, free + growth - STEP_PAGES_EXTRA) * PAGE_BYTES;
  // Rows fill about half of the pages that they are written to.
  return { ...SMALL_STEP, rowBytesMax: bytes / 2, schemaBytesMax: bytes };
}

function limitsOf(queue: Queue): TransactionLimits {
  return {
    bytesMax: queue.limits.commitBytesMax,
    deletedRowsMax: deletableRows(queue.limits, queue),
  };
}

const DESCRIPTIONS: Readonly<Record<DbFailureKind, string>> = {
  full: "disk full",
  io: "disk failure",
  denied: "file not writable",
  busy: "file in use",
  corrupt: "file damaged",
  other: "database error",
};
