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
  appendRow,
  attach,
  detach,
  makeRoom,
  passOver,
  release,
  releaseTopic,
  remove,
  rewind,
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
  /** Removes the rows from memory; after that, the queue is behind. */
  release(queue: TopicQueue): void;
  /** Releases all rows of a topic, unpins them, and ends its detached queues. */
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
  /**
   * Releases other queues than `kept`, newest rows first, until at most `rowsMax` rows
   * are in memory.
   */
  makeRoom(rowsMax: number, kept: TopicQueue): void;
  /** Rows in memory of topics that need a probe. */
  unprobedRows(): number;
  /** Releases the rows of topics that need a probe. */
  releaseUnprobed(): void;
  /** Topics of which no queue can move and all are behind. */
  blockedTopics(): readonly string[];
  /** Topics that have rows, in memory or to read again. */
  waitingTopics(): readonly string[];
  /** The common read passes over the waiting topics: their queues are behind. */
  passOver(): void;
  /**
   * Ends passing over topics: the common read continues where it began, unless rows
   * beyond that may have arrived. True if rows were removed from memory.
   */
  rewind(): boolean;
  /** The topics that were passed over cannot move, but others can: there is no way back. */
  keepPassing(): void;
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
  /** Where the common read was before it passed over topics; null = it did not. */
  let passedFrom: number | null = null;

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

  function waiting(): IteratorObject<Topic> {
    return topics.values().filter(({ main, detached }) =>
      [main, ...detached].some(hasWork)
    );
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
        if (!appendRow(topicOf(row.topic), row)) skipped.push(row);
      }
      return skipped;
    },
    catchUp: (queue, rows) => appendMissed(topicOf(queue.topic), queue, rows, cursor),
    remove,
    release,
    releaseTopic(name) {
      const main = releaseTopic(topicOf(name));
      main.needsProbe = probes;
      return main;
    },
    detach: (queue, rows, errorName) =>
      detach(topicOf(queue.topic), queue, rows, errorName, batchRowsMax),
    attach: (queue) => attach(topicOf(queue.topic), queue),
    isBlocked(name) {
      const topic = topics.get(name);
      return topic !== undefined &&
        [topic.main, ...topic.detached].some(({ blocked }) => blocked);
    },
    ...createQueueSchedule(all),
    makeRoom: (rowsMax, kept) => makeRoom([...all()], rowsMax, kept),
    unprobedRows: () => countQueuedRows(all().filter(({ needsProbe }) => needsProbe)),
    releaseUnprobed() {
      for (const queue of all()) if (queue.needsProbe) release(queue);
    },
    blockedTopics: () =>
      [...topics.values()].filter(({ main, detached }) =>
        [main, ...detached].every(isBlocked)
      ).map(({ main }) => main.topic),
    waitingTopics: () => [...waiting()].map(({ main }) => main.topic),
    passOver() {
      passedFrom ??= cursor;
      for (const topic of waiting()) passOver(topic, cursor);
    },
    rewind() {
      const to = passedFrom;
      passedFrom = null;
      if (to === null || all().some(({ uncertainUpTo }) => uncertainUpTo > to)) {
        return false;
      }
      const before = countQueuedRows(all());
      for (const queue of all()) rewind(queue, to);
      cursor = to;
      return countQueuedRows(all()) < before;
    },
    keepPassing() {
      passedFrom = null;
    },
    probed(queue, nowMs) {
      queue.needsProbe = false;
      queue.notBeforeMs = queue.pausedMs === -Infinity ? -Infinity : nowMs;
    },
  };
}

/** A queue that is behind and cannot be sent, or was not sent since its last failure. */
function isBlocked({ behind, needsProbe, failures }: TopicQueue): boolean {
  return behind && (needsProbe || failures > 0);
}
