/**
 * The rows that the pump holds in memory: one queue per topic, in order, with the
 * position up to which the topic was read.
 *
 * The buffer is read once from its oldest row on, all topics together. If a topic
 * cannot be sent, its rows are released (the buffer still has them) and its queue is
 * *behind*: once it can be sent again, it is read separately from its own position
 * until it has caught up with the common one.
 *
 * If only some partitions of a topic refuse their rows, the keys of these rows are
 * *detached*: they get a queue of their own, and the other keys of the topic continue.
 * The order of a stream is kept, because all its rows have the same key. A detached
 * queue ends when none of its rows is left.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import {
  countQueuedRows,
  createQueueSchedule,
  type QueueSchedule,
} from "./queue_schedule.ts";
import {
  appendMissed,
  join,
  makeRoom,
  queueOf,
  release,
  releaseTopic,
  split,
  type Topic,
} from "./queue_moves.ts";
import { emptyQueue, hasWork, type TopicQueue } from "./topic_queue.ts";

/** The queues of all topics. */
export interface TopicQueues extends QueueSchedule {
  /** Rows in memory. */
  readonly size: number;
  /** Id of the last row of the common read. */
  readonly cursor: number;
  all(): IteratorObject<TopicQueue>;
  /** Appends rows of the common read to their queues; returns those whose queue is behind. */
  append(rows: readonly StoredRow[]): readonly StoredRow[];
  /** Appends rows of the topic that were read from the queue's own cursor on. */
  catchUp(queue: TopicQueue, rows: readonly StoredRow[]): void;
  /** Removes rows: they were acknowledged, dead-lettered or evicted. */
  remove(queue: TopicQueue, ids: readonly number[]): void;
  /** Removes all rows except the pinned batch; after that, the queue is behind. */
  release(queue: TopicQueue): void;
  /** Releases all rows of a topic, also pinned ones, and ends its detached queues. */
  releaseTopic(topic: string): TopicQueue;
  /**
   * Moves the keys of `rows` to a queue of their own: to one that waits because of the
   * same error, or to a new one.
   *
   * @param rows failed rows of `queue`
   */
  detach(queue: TopicQueue, rows: readonly StoredRow[], errorName: string): TopicQueue;
  /** Ends a detached queue that has no rows left. */
  attach(queue: TopicQueue): void;
  /** True if an alarm was raised because of one of the topic's queues. */
  isBlocked(topic: string): boolean;
  /** Releases queues, newest rows first, until at most `rowsMax` rows are in memory. */
  makeRoom(rowsMax: number): void;
  /** Rows in memory of topics that need a probe. */
  unprobedRows(): number;
  /** Releases the rows of topics that need a probe. */
  releaseUnprobed(): void;
  /** Topics that need a probe and whose queues are all behind. */
  blockedTopics(): readonly string[];
  /** The topic of this queue exists. */
  probed(queue: TopicQueue, nowMs: number): void;
}

/**
 * Creates queues without rows; batches start with up to `batchRowsMax` rows.
 *
 * @param probes a topic is probed before it is sent to
 */
export function createTopicQueues(batchRowsMax: number, probes: boolean): TopicQueues {
  const topics = new Map<string, Topic>();
  let cursor = 0;

  function topicOf(name: string): Topic {
    const known = topics.get(name);
    if (known !== undefined) return known;
    const main = { ...emptyQueue(name, null, batchRowsMax), needsProbe: probes };
    const topic = { main, detached: [] };
    topics.set(name, topic);
    return topic;
  }

  function* all(): Generator<TopicQueue> {
    for (const { main, detached } of topics.values()) {
      yield main;
      yield* detached;
    }
  }

  return {
    get size() {
      return countQueuedRows(all());
    },
    get cursor() {
      return cursor;
    },
    all,
    append(rows) {
      const skipped: StoredRow[] = [];
      for (const row of rows) {
        cursor = Math.max(cursor, row.id);
        const queue = queueOf(topicOf(row.topic), row);
        if (queue.behind) {
          skipped.push(row);
          continue;
        }
        queue.rows.push(row);
        queue.cursor = row.id;
      }
      return skipped;
    },
    catchUp: (queue, rows) => appendMissed(topicOf(queue.topic), queue, rows, cursor),
    remove(queue, ids) {
      const removed = new Set(ids);
      queue.rows = queue.rows.filter(({ id }) => !removed.has(id));
    },
    release: (queue) => release(queue, queue.pinnedRows ?? 0),
    releaseTopic(name) {
      const main = releaseTopic(topicOf(name));
      main.needsProbe = probes;
      return main;
    },
    detach(queue, rows, errorName) {
      const keys = new Set(rows.map((row) => row.key));
      const isWhole = queue.keys !== null &&
        [...queue.keys].every((key) => keys.has(key));
      if (isWhole) return queue;
      const { detached } = topicOf(queue.topic);
      const moved = split(queue, keys, batchRowsMax);
      const waiting = detached.find((other) =>
        other !== queue && other.lastErrorName === errorName
      );
      if (waiting === undefined) {
        detached.push(moved);
        return moved;
      }
      return join(waiting, moved);
    },
    attach(queue) {
      const { detached } = topicOf(queue.topic);
      const at = detached.indexOf(queue);
      if (at >= 0 && !hasWork(queue)) detached.splice(at, 1);
    },
    isBlocked(name) {
      const topic = topics.get(name);
      return topic !== undefined &&
        [topic.main, ...topic.detached].some(({ blocked }) => blocked);
    },
    ...createQueueSchedule(all),
    makeRoom: (rowsMax) => makeRoom([...all()], rowsMax),
    unprobedRows: () => countQueuedRows(all().filter(({ needsProbe }) => needsProbe)),
    releaseUnprobed() {
      for (const queue of all()) if (queue.needsProbe) release(queue, 0);
    },
    blockedTopics: () =>
      [...topics.values()].filter(({ main, detached }) =>
        main.needsProbe && main.behind && detached.length === 0
      ).map(({ main }) => main.topic),
    probed(queue, nowMs) {
      queue.needsProbe = false;
      queue.notBeforeMs = queue.pausedMs === -Infinity ? -Infinity : nowMs;
    },
  };
}
