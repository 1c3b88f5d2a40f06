/**
 * Moves rows between the queues of a topic, and releases rows from memory. Pure.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import { countQueuedRows } from "./queue_schedule.ts";
import { emptyQueue, hasWork, type TopicQueue } from "./topic_queue.ts";

/** The queues of one topic. */
export interface Topic {
  readonly main: TopicQueue;
  readonly detached: TopicQueue[];
}

/** The queue that has the key of this row. */
function queueOf({ main, detached }: Topic, row: StoredRow): TopicQueue {
  return detached.find(({ keys }) => keys?.has(row.key) === true) ?? main;
}

/** Appends a row of the common read; false if its queue is behind and reads it later. */
export function appendRow(topic: Topic, row: StoredRow): boolean {
  const queue = queueOf(topic, row);
  if (queue.behind) return false;
  queue.rows.push(row);
  queue.cursor = row.id;
  return true;
}

/** Removes rows: they were acknowledged, dead-lettered or evicted. */
export function remove(queue: TopicQueue, ids: readonly number[]): void {
  const removed = new Set(ids);
  queue.rows = queue.rows.filter(({ id }) => !removed.has(id));
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

/** Removes the rows from memory: they are read again. A pinned batch keeps its size. */
export function release(queue: TopicQueue): void {
  const [first] = queue.rows;
  if (first === undefined) return;
  queue.rows = [];
  queue.cursor = first.id - 1;
  queue.behind = true;
}

/** Releases other queues than `kept`, newest rows first, until at most `rowsMax` rows are in memory. */
export function makeRoom(
  queues: readonly TopicQueue[],
  rowsMax: number,
  kept: TopicQueue,
): void {
  let size = countQueuedRows(queues);
  const newestFirst = queues.filter((queue) => queue !== kept).toSorted((a, b) =>
    (b.rows.at(-1)?.id ?? 0) - (a.rows.at(-1)?.id ?? 0)
  );
  for (const queue of newestFirst) {
    if (size <= rowsMax) return;
    size -= queue.rows.length;
    release(queue);
  }
}

/** The common read passes over the rows of this topic from `cursor` on. */
export function passOver({ main, detached }: Topic, cursor: number): void {
  for (const queue of [main, ...detached]) {
    if (queue.behind) continue;
    queue.cursor = cursor;
    queue.behind = true;
  }
}

/** The common read continues from `cursor` again. */
export function rewind(queue: TopicQueue, cursor: number): void {
  const isCut = (queue.rows.at(-1)?.id ?? 0) > cursor;
  if (isCut) {
    queue.rows = queue.rows.filter(({ id }) => id <= cursor);
    // A batch that may have arrived is repeated as it was, if it is still whole.
    if (queue.rows.length < (queue.pinnedRows ?? 0)) queue.pinnedRows = null;
  }
  if (queue.cursor < cursor) return;
  queue.cursor = cursor;
  queue.behind = false;
}

/** Releases all rows of a topic and ends its detached queues. */
export function releaseTopic({ main, detached }: Topic): TopicQueue {
  for (const queue of detached.splice(0)) join(main, queue);
  main.pinnedRows = null;
  release(main);
  return main;
}

/**
 * Moves the keys of `rows` to a queue of their own: to one that waits because of the same
 * error, or to a new one.
 */
export function detach(
  { detached }: Topic,
  queue: TopicQueue,
  rows: readonly StoredRow[],
  errorName: string,
  batchRowsMax: number,
): TopicQueue {
  const keys = new Set(rows.map((row) => row.key));
  const isWhole = queue.keys !== null &&
    [...queue.keys].every((key) => keys.has(key));
  if (isWhole) return queue;
  const moved = split(queue, keys, batchRowsMax);
  const waiting = detached.find((other) =>
    other !== queue && other.lastErrorName === errorName
  );
  if (waiting !== undefined) return join(waiting, moved);
  detached.push(moved);
  return moved;
}

/** Ends a detached queue that has no rows left. */
export function attach({ detached }: Topic, queue: TopicQueue): void {
  const at = detached.indexOf(queue);
  if (at >= 0 && !hasWork(queue)) detached.splice(at, 1);
}

/** A new queue with these keys and their rows, which leave `queue`. */
function split(
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
function join(queue: TopicQueue, added: TopicQueue): TopicQueue {
  queue.uncertainUpTo = Math.max(queue.uncertainUpTo, added.uncertainUpTo);
  queue.pinnedRows = null;
  release(queue);
  release(added);
  if (queue.keys !== null && added.keys !== null) {
    queue.keys = queue.keys.union(added.keys);
  }
  if (added.behind) {
    queue.cursor = queue.behind ? Math.min(queue.cursor, added.cursor) : added.cursor;
    queue.behind = true;
  }
  return queue;
}
