/**
 * Moves rows between the queues of a topic, and releases rows from memory. Pure.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import { countQueuedRows } from "./queue_schedule.ts";
import { emptyQueue, type TopicQueue } from "./topic_queue.ts";

/** The queues of one topic. */
export interface Topic {
  readonly main: TopicQueue;
  readonly detached: TopicQueue[];
}

/** The queue that has the key of this row. */
export function queueOf({ main, detached }: Topic, row: StoredRow): TopicQueue {
  return detached.find(({ keys }) => keys?.has(row.key) === true) ?? main;
}

/**
 * Appends rows of the topic that were read from the queue's own cursor on; ends being
 * behind if they reach the common cursor.
 */
export function appendMissed(
  topic: Topic,
  queue: TopicQueue,
  rows: readonly StoredRow[],
  commonCursor: number,
): void {
  const missed = rows.filter((row) => row.id <= commonCursor && row.id > queue.cursor);
  for (const row of missed) {
    if (queueOf(topic, row) === queue) queue.rows.push(row);
    queue.cursor = row.id;
  }
  // Ids increase with the commits: no older row can appear between these rows.
  if (missed.length < rows.length || rows.length === 0) queue.behind = false;
}

/** Removes all rows but the first `kept`: they are read again. */
export function release(queue: TopicQueue, kept: number): void {
  if (queue.rows.length <= kept) {
    // Newer rows must not fill the memory while these wait.
    if (kept > 0) queue.behind = true;
    return;
  }
  const first = queue.rows[kept];
  queue.rows.length = kept;
  queue.cursor = queue.rows.at(-1)?.id ?? (first === undefined ? 0 : first.id - 1);
  queue.behind = true;
}

/** Releases queues, newest rows first, until at most `rowsMax` rows are in memory; pinned batches stay. */
export function makeRoom(queues: readonly TopicQueue[], rowsMax: number): void {
  let size = countQueuedRows(queues);
  const newestFirst = queues.toSorted((a, b) =>
    (b.rows.at(-1)?.id ?? 0) - (a.rows.at(-1)?.id ?? 0)
  );
  for (const queue of newestFirst) {
    if (size <= rowsMax) return;
    size -= queue.rows.length;
    release(queue, queue.pinnedRows ?? 0);
    size += queue.rows.length;
  }
}

/** Releases all rows of a topic and ends its detached queues. */
export function releaseTopic({ main, detached }: Topic): TopicQueue {
  for (const queue of detached.splice(0)) join(main, queue);
  main.pinnedRows = null;
  release(main, 0);
  return main;
}

/** A new queue with these keys and their rows, which leave `queue`. */
export function split(
  queue: TopicQueue,
  keys: ReadonlySet<string>,
  batchRowsMax: number,
): TopicQueue {
  const moved: TopicQueue = {
    ...emptyQueue(queue.topic, keys, batchRowsMax),
    rows: queue.rows.filter((row) => keys.has(row.key)),
    cursor: queue.cursor,
    behind: queue.behind,
    uncertainUpTo: queue.uncertainUpTo,
  };
  queue.rows = queue.rows.filter((row) => !keys.has(row.key));
  if (queue.keys !== null) queue.keys = queue.keys.difference(keys);
  return moved;
}

/** Adds the keys of `added` to `queue`; the rows of both are read again. */
export function join(queue: TopicQueue, added: TopicQueue): TopicQueue {
  queue.uncertainUpTo = Math.max(queue.uncertainUpTo, added.uncertainUpTo);
  queue.pinnedRows = null;
  release(queue, 0);
  release(added, 0);
  if (queue.keys !== null && added.keys !== null) {
    queue.keys = queue.keys.union(added.keys);
  }
  if (added.behind) {
    queue.cursor = queue.behind ? Math.min(queue.cursor, added.cursor) : added.cursor;
    queue.behind = true;
  }
  return queue;
}
