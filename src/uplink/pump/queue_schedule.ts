/**
 * When the queues of a pump are sent and probed. Pure.
 *
 * @module
 */

import { hasWork, type TopicQueue } from "./topic_queue.ts";

/**
 * After a failed retry, the paused queues wait this many times the time that it took, so
 * that retries together take at most 5 % of the time.
 */
const RETRY_PAUSE_FACTOR = 20;
/** Upper limit of that, so that a queue whose fault has ended does not wait long, in ms. */
const RETRY_PAUSE_MAX_MS = 15_000;
/** The same for a queue with an alarm: its fault has lasted, and other rows are first. */
const ALARM_PAUSE_MAX_MS = 60_000;

/** Selects queues by time. */
export interface QueueSchedule {
  /** Rows in memory whose queues may be sent at `nowMs`. */
  ready(nowMs: number): number;
  /**
   * The queue to send at `nowMs`: one that was paused, longest ago first, or the one
   * with the oldest next row. After a send without an answer, other queues are first:
   * their results show whether the destination can be reached.
   */
  next(nowMs: number): TopicQueue | undefined;
  /** When the next queue with rows may be sent; undefined if there is none. */
  dueMs(): number | undefined;
  /** All queues that need a probe, if one of them is due at `nowMs`. */
  toProbe(nowMs: number): readonly TopicQueue[];
  /** When the next probe is due; undefined if no queue needs one. */
  probeDueMs(): number | undefined;
  /** True if some queue has rows, in memory or to read again. */
  hasWork(): boolean;
  /** True if a queue that may be sent at `nowMs`, and has not failed, is behind. */
  isCatchingUp(nowMs: number): boolean;
  /**
   * A retry failed after `durationMs`: paused queues wait longer. A queue whose own
   * failures take little time waits for little more.
   */
  delayRetries(nowMs: number, durationMs: number): void;
}

/** Creates the schedule of the queues that `all` returns. */
export function createQueueSchedule(
  all: () => IteratorObject<TopicQueue>,
): QueueSchedule {
  return {
    ready: (nowMs) =>
      countQueuedRows(all().filter((queue) => isSendable(queue, nowMs))),
    next: (nowMs) => nextQueue(all(), nowMs),
    dueMs: () => firstDueMs(all(), false),
    toProbe(nowMs) {
      const queues = [...all()].filter((queue) => queue.needsProbe && hasWork(queue));
      return queues.some(({ notBeforeMs }) => notBeforeMs <= nowMs) ? queues : [];
    },
    probeDueMs: () => firstDueMs(all(), true),
    hasWork: () => all().some(hasWork),
    isCatchingUp: (nowMs) =>
      all().some((queue) =>
        queue.behind && queue.failures === 0 && isSendable(queue, nowMs)
      ),
    delayRetries(nowMs, durationMs) {
      for (const queue of all()) {
        if (queue.notBeforeMs === -Infinity || queue.needsProbe) continue;
        const pauseMs = retryPauseMs(queue, durationMs);
        queue.notBeforeMs = Math.max(queue.notBeforeMs, nowMs + pauseMs);
      }
    },
  };
}

function retryPauseMs({ failedMs, blocked }: TopicQueue, durationMs: number): number {
  const limitMs = blocked ? ALARM_PAUSE_MAX_MS : RETRY_PAUSE_MAX_MS;
  return Math.min(limitMs, RETRY_PAUSE_FACTOR * Math.min(failedMs, durationMs));
}

/** Number of rows in memory. */
export function countQueuedRows(queues: Iterable<TopicQueue>): number {
  let count = 0;
  for (const { rows } of queues) count += rows.length;
  return count;
}

function isSendable({ needsProbe, notBeforeMs }: TopicQueue, nowMs: number): boolean {
  return !needsProbe && notBeforeMs <= nowMs;
}

function firstDueMs(
  queues: Iterable<TopicQueue>,
  needsProbe: boolean,
): number | undefined {
  let due: number | undefined;
  for (const queue of queues) {
    if (queue.needsProbe !== needsProbe || !hasWork(queue)) continue;
    due = Math.min(due ?? Infinity, queue.notBeforeMs);
  }
  return due;
}

function nextQueue(
  queues: Iterable<TopicQueue>,
  nowMs: number,
): TopicQueue | undefined {
  let best: TopicQueue | undefined;
  for (const queue of queues) {
    if (!hasWork(queue) || !isSendable(queue, nowMs)) continue;
    if (best === undefined || isBefore(queue, best)) best = queue;
  }
  return best;
}

/** Paused queues first: `delayRetries` limits the time that they take. */
function isBefore(left: TopicQueue, right: TopicQueue): boolean {
  const [leftPaused, rightPaused] = [left, right].map(({ notBeforeMs }) =>
    notBeforeMs !== -Infinity
  );
  if (leftPaused !== rightPaused) return leftPaused === true;
  if (leftPaused && left.pausedMs !== right.pausedMs) {
    return left.pausedMs < right.pausedMs;
  }
  const [leftTries, rightTries] = [left, right].map(({ outage, failures }) =>
    outage === "unclear" ? failures : 0
  );
  return leftTries === rightTries
    ? nextId(left) < nextId(right)
    : (leftTries ?? 0) < (rightTries ?? 0);
}

function nextId(queue: TopicQueue): number {
  return queue.rows[0]?.id ?? queue.cursor + 1;
}
