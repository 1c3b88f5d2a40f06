/**
 * The rows that the pump holds in memory: one queue per topic, in order, with the
 * position up to which the topic was read.
 *
 * The buffer is read once from its oldest row on, all topics together. If a topic
 * cannot be sent, its rows are released (the buffer still has them) and its queue is
 * *behind*: once it can be sent again, it is read separately from its own position
 * until it has caught up with the common one.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import { type BatchBound, createBatchBound } from "./batch.ts";

/** The rows of one topic that are in memory, and its failures. */
export interface TopicQueue {
  readonly topic: string;
  readonly bound: BatchBound;
  /** Ordered by id; the next batch is taken from the front. */
  rows: StoredRow[];
  /** Id of the last row that was read into `rows`. */
  cursor: number;
  /** Rows after `cursor` were released and must be read again. */
  behind: boolean;
  /** The topic is not sent before this time (`monotonicMs`). */
  notBeforeMs: number;
  /** Size of the failed batch, which must be sent again unchanged; null = none. */
  pinnedRows: number | null;
  /** Rows up to this id were in a send whose outcome is unknown: they stay held. */
  uncertainUpTo: number;
  /** Failed sends since the last delivery. */
  failures: number;
  lastErrorName: string | null;
  /** Rows dead-lettered since the last delivery. */
  deadLettersInARow: number;
}

/** The queues of all topics. */
export interface TopicQueues {
  readonly all: ReadonlyMap<string, TopicQueue>;
  /** Rows in memory. */
  readonly size: number;
  /** Id of the last row of the common read. */
  readonly cursor: number;
  /** Appends rows of the common read to their queues. */
  append(rows: readonly StoredRow[]): void;
  /** Appends rows that were read for one topic, from its own cursor on. */
  catchUp(queue: TopicQueue, rows: readonly StoredRow[]): void;
  /** Removes the first `count` rows: they were acknowledged or dead-lettered. */
  drop(queue: TopicQueue, count: number): void;
  /** Removes rows that were evicted from the buffer; none of them was ever sent. */
  remove(queue: TopicQueue, ids: readonly number[]): void;
  /** Removes all rows except the pinned batch; after that, the queue is behind. */
  release(queue: TopicQueue): void;
  /** Rows in memory whose topics may be sent at `nowMs`. */
  ready(nowMs: number): number;
  /** The queue with the oldest next row that may be sent at `nowMs`. */
  next(nowMs: number): TopicQueue | undefined;
  /** When the next queue with rows may be sent; undefined if there is none. */
  dueMs(): number | undefined;
}

/** Creates queues without rows; batches start with up to `batchRowsMax` rows. */
export function createTopicQueues(batchRowsMax: number): TopicQueues {
  const all = new Map<string, TopicQueue>();
  let cursor = 0;
  let size = 0;

  function queueOf(topic: string): TopicQueue {
    const queue = all.get(topic) ?? emptyQueue(topic, batchRowsMax);
    all.set(topic, queue);
    return queue;
  }

  function push(queue: TopicQueue, row: StoredRow): void {
    queue.rows.push(row);
    queue.cursor = row.id;
    size++;
  }

  return {
    all,
    get size() {
      return size;
    },
    get cursor() {
      return cursor;
    },
    append(rows) {
      for (const row of rows) {
        cursor = Math.max(cursor, row.id);
        const queue = queueOf(row.topic);
        if (!queue.behind) push(queue, row);
      }
    },
    catchUp(queue, rows) {
      const missed = rows.filter((row) => row.id <= cursor && row.id > queue.cursor);
      for (const row of missed) push(queue, row);
      // Ids increase with the commits: no older row can appear between these rows.
      if (missed.length < rows.length || rows.length === 0) queue.behind = false;
    },
    drop(queue, count) {
      size -= queue.rows.splice(0, count).length;
    },
    remove(queue, ids) {
      const evicted = new Set(ids);
      size -= queue.rows.length;
      queue.rows = queue.rows.filter(({ id }) => !evicted.has(id));
      size += queue.rows.length;
      queue.pinnedRows = null;
    },
    release(queue) {
      const kept = queue.pinnedRows ?? 0;
      if (queue.rows.length <= kept) return;
      const first = queue.rows[kept];
      size -= queue.rows.length - kept;
      queue.rows.length = kept;
      queue.cursor = queue.rows.at(-1)?.id ?? (first === undefined ? 0 : first.id - 1);
      queue.behind = true;
    },
    ready(nowMs) {
      let count = 0;
      for (const queue of all.values()) {
        if (queue.notBeforeMs <= nowMs) count += queue.rows.length;
      }
      return count;
    },
    next(nowMs) {
      let best: TopicQueue | undefined;
      for (const queue of all.values()) {
        if (!hasWork(queue) || queue.notBeforeMs > nowMs) continue;
        if (best === undefined || nextId(queue) < nextId(best)) best = queue;
      }
      return best;
    },
    dueMs() {
      let due: number | undefined;
      for (const queue of all.values()) {
        if (hasWork(queue)) due = Math.min(due ?? Infinity, queue.notBeforeMs);
      }
      return due;
    },
  };
}

function emptyQueue(topic: string, batchRowsMax: number): TopicQueue {
  return {
    topic,
    bound: createBatchBound(batchRowsMax),
    rows: [],
    cursor: 0,
    behind: false,
    notBeforeMs: -Infinity,
    pinnedRows: null,
    uncertainUpTo: 0,
    failures: 0,
    lastErrorName: null,
    deadLettersInARow: 0,
  };
}

function hasWork(queue: TopicQueue): boolean {
  return queue.rows.length > 0 || queue.behind;
}

function nextId(queue: TopicQueue): number {
  return queue.rows[0]?.id ?? queue.cursor + 1;
}
