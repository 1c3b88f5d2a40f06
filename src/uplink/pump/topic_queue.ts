/**
 * The rows of one topic, or of some of its keys, and their failures. Pure.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import { type BatchBound, createBatchBound } from "./batch.ts";

/**
 * Whether the destination or only this queue is at fault when a send gets no answer:
 * `unclear` until another queue is delivered, then `alone`; `none` = the last send was
 * answered.
 */
export type Outage = "none" | "unclear" | "alone";

/** Rows of one topic that are in memory, and their failures. */
export interface TopicQueue {
  readonly topic: string;
  /** The keys of a detached queue; null = all keys that no detached queue has. */
  keys: ReadonlySet<string> | null;
  readonly bound: BatchBound;
  /** Ordered by id; the next batch is taken from the front. */
  rows: StoredRow[];
  /** Id of the last row of the topic that was read for this queue. */
  cursor: number;
  /** Rows after `cursor` were released and must be read again. */
  behind: boolean;
  /** The queue is not sent or probed before this time (`monotonicMs`); -Infinity = it is not paused. */
  notBeforeMs: number;
  /** `monotonicMs` of the last pause; -Infinity = none yet. */
  pausedMs: number;
  /** Duration of the last failed send, in ms. */
  failedMs: number;
  /** It is not known that the topic exists: the queue is not sent before a probe. */
  needsProbe: boolean;
  /**
   * Size of the failed batch at the front, which must be sent again unchanged, also if it
   * was released and read again; null = none.
   */
  pinnedRows: number | null;
  /** Rows up to this id were in a send whose outcome is unknown: they stay held. */
  uncertainUpTo: number;
  /** Failed sends since the last delivery. */
  failures: number;
  /** The last failure that was reported since then. */
  lastErrorName: string | null;
  outage: Outage;
  /** An alarm was raised because of this queue. */
  blocked: boolean;
  /** Rows dead-lettered since the last delivery. */
  deadLettersInARow: number;
}

/** A queue without rows. */
export function emptyQueue(
  topic: string,
  keys: ReadonlySet<string> | null,
  batchRowsMax: number,
): TopicQueue {
  return {
    topic,
    keys,
    bound: createBatchBound(batchRowsMax),
    rows: [],
    cursor: 0,
    behind: false,
    notBeforeMs: -Infinity,
    pausedMs: -Infinity,
    failedMs: 0,
    needsProbe: false,
    pinnedRows: null,
    uncertainUpTo: 0,
    failures: 0,
    lastErrorName: null,
    outage: "none",
    blocked: false,
    deadLettersInARow: 0,
  };
}

/** True if rows of the next batch must be read again before it is sent. */
export function isIncomplete({ rows, behind, pinnedRows }: TopicQueue): boolean {
  return behind && rows.length < (pinnedRows ?? 1);
}

/** True if the queue has rows, in memory or to read again. */
export function hasWork(queue: TopicQueue): boolean {
  return queue.rows.length > 0 || queue.behind;
}
