/**
 * Pauses, alarms and counts of the failures of queues, and the pause of all sending.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../../base/backoff.ts";
import type { SendFailure } from "../uplink.ts";
import { classifyFailure, type FailureAction } from "./disposition.ts";
import type { PumpOptions } from "./pump_options.ts";
import type { PumpStatusTracker } from "./pump_status.ts";
import { hasWork, type TopicQueue } from "./topic_queue.ts";
import type { TopicQueues } from "./topic_queues.ts";

/** Interval at which blocked rows, or the blocked uplink, are tried again, in ms. */
export const BLOCKED_RETRY_MS = 15_000;

/**
 * Time from the start of one attempt to the start of the next while the destination
 * is unreachable. An attempt that took longer is followed by the next at once, so
 * that delivery resumes soon after the end of a fault and a slow link is not idle.
 */
export const UNREACHABLE_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 5_000 };

/** Delays between attempts of one queue. */
const QUEUE_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 10_000 };

/** Minimum delay after a failure, because jitter alone could return 0. */
const DELAY_MIN_MS = 100;

/** An unknown error raises an alarm after this many failures of one queue. */
const ALARM_AFTER_FAILURES = 10;

/** Dependencies of the failure policy. */
export interface FailurePolicyOptions
  extends Pick<PumpOptions, "buffer" | "clock" | "random" | "brokerAddress"> {
  readonly queues: TopicQueues;
  readonly status: PumpStatusTracker;
}

/** State of the policy. */
export interface PolicyState extends FailurePolicyOptions {
  pausedUntilMs: number;
  failuresInARow: number;
  /** Why all sending was paused last; null = a batch was delivered since. */
  pausedBy: string | null;
}

/**
 * The destination accepted rows of `delivered`: other queues without an answer fail alone.
 *
 * @param isWhole all rows of the batch were accepted
 */
export function reached(
  state: PolicyState,
  delivered: TopicQueue,
  isWhole: boolean,
): void {
  const { queues, buffer } = state;
  state.failuresInARow = 0;
  state.pausedBy = null;
  const isOutageOver = isWhole && delivered.outage === "unclear";
  if (!isOutageOver) queues.keepPassing();
  else if (queues.rewind()) buffer.releaseUnsent();
  for (const queue of queues.all()) {
    if (queue.outage === "unclear") {
      queue.outage = queue === delivered ? "none" : "alone";
    }
  }
}

/** Ends the failures of a queue without rows, and its alarm. */
export function endIfEmpty({ queues, status }: PolicyState, queue: TopicQueue): void {
  if (hasWork(queue)) return;
  resetFailures(queue);
  queues.attach(queue);
  if (!queues.isBlocked(queue.topic)) status.clear(queue.topic);
}

/** The action for `rows` rows of this queue that failed together. */
export function classifyFor(
  { brokerAddress }: PolicyState,
  { topic, deadLettersInARow }: TopicQueue,
  rows: number,
  failure: SendFailure,
): FailureAction {
  return classifyFailure({ ...failure, topic, rows, brokerAddress, deadLettersInARow });
}

/** Counts and reports a failure; one that pauses all sending is reported once. */
export function noteFailure(
  { status, pausedBy }: PolicyState,
  queue: TopicQueue,
  rows: number,
  failure: SendFailure,
  isForAll: boolean,
): void {
  queue.failures++;
  if (isForAll && pausedBy === failure.errorName) return;
  if (queue.lastErrorName !== failure.errorName) {
    status.failing(queue.topic, rows, failure);
  }
  queue.lastErrorName = failure.errorName;
}

/** Raises an alarm and pauses what the action names: all sending, or this queue. */
export function block(
  state: PolicyState,
  queue: TopicQueue,
  failure: SendFailure,
  action: FailureAction,
  isAlone: boolean,
): void {
  if (action.kind !== "block") return;
  if (action.scope === "uplink" && !isAlone) {
    state.status.raise(null, failure.errorName, action.alarm);
    const nowMs = state.clock.monotonicMs();
    state.pausedBy = failure.errorName;
    if (!hasPromisingNext(state, nowMs)) state.pausedUntilMs = nowMs + BLOCKED_RETRY_MS;
    return;
  }
  queue.pinnedRows = null;
  queue.blocked = true;
  state.status.raise(queue.topic, failure.errorName, action.alarm);
  pauseQueue(state, queue, BLOCKED_RETRY_MS);
}

/** Pauses a queue that fails alone; raises an alarm if it has failed often. */
export function retryLater(
  state: PolicyState,
  queue: TopicQueue,
  failure: SendFailure,
  limits: BackoffLimits = QUEUE_BACKOFF,
): void {
  const { topic, failures } = queue;
  if (failures >= ALARM_AFTER_FAILURES) {
    queue.blocked = true;
    state.status.raise(topic, failure.errorName, repeatedFailure(topic, failure));
  }
  const delayMs = backoffMs(failures, limits, state.random);
  pauseQueue(state, queue, Math.max(DELAY_MIN_MS, delayMs));
}

/** The rows of a paused queue are released, so that other topics can use the memory. */
function pauseQueue(
  { clock, queues }: PolicyState,
  queue: TopicQueue,
  durationMs: number,
): void {
  queue.pausedMs = clock.monotonicMs();
  queue.notBeforeMs = queue.pausedMs + durationMs;
  queues.release(queue);
}

/**
 * Pauses all sending after an attempt that began at `beganMs`, unless the next send can
 * show that not all sending fails.
 */
export function pauseAll(
  state: PolicyState,
  { errorName }: SendFailure,
  beganMs: number,
): void {
  const nowMs = state.clock.monotonicMs();
  state.pausedBy = errorName;
  if (hasPromisingNext(state, nowMs)) return;
  state.failuresInARow++;
  state.pausedUntilMs = Math.max(
    nowMs + DELAY_MIN_MS,
    beganMs + backoffMs(state.failuresInARow, UNREACHABLE_BACKOFF, state.random),
  );
}

/** True if the next send can still show that not all sending fails. */
function hasPromisingNext({ queues }: PolicyState, nowMs: number): boolean {
  const next = queues.next(nowMs);
  return next !== undefined && next.outage !== "unclear";
}

/** The failures of this queue are over. */
export function resetFailures(queue: TopicQueue): void {
  queue.pinnedRows = null;
  queue.failures = 0;
  queue.lastErrorName = null;
  queue.outage = "none";
  queue.blocked = false;
}

function repeatedFailure(topic: string, { errorName, detail }: SendFailure): string {
  return `Every attempt to send to topic ${topic} fails with ${errorName} (${detail}). Check the broker's log`;
}
