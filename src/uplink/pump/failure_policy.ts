/**
 * Carries out the action for rows that were not delivered, and decides how long
 * sending is paused.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../../base/backoff.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { FailedPart, SendFailure, SendResult } from "../uplink.ts";
import {
  classifyFailure,
  type FailureAction,
  isCertainlyUndelivered,
  isContentRejection,
} from "./disposition.ts";
import type { PumpOptions } from "./pump_options.ts";
import type { PumpStatusTracker } from "./pump_status.ts";
import { hasWork, type TopicQueue } from "./topic_queue.ts";
import type { TopicQueues } from "./topic_queues.ts";

/** Interval at which blocked rows, or the blocked uplink, are tried again, in ms. */
export const BLOCKED_RETRY_MS = 15_000;

/**
 * Time from the start of one attempt to the start of the next while the destination
 * is unreachable. An attempt that took longer is followed by the next at once, so
 * that delivery resumes within 10 s of the end of a fault and a slow link is not idle.
 */
const UNREACHABLE_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 5_000 };
/** Delays between attempts of one queue. */
const QUEUE_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 10_000 };
/** Minimum delay after a failure, because jitter alone could return 0. */
const DELAY_MIN_MS = 100;
/** Delay after a probe without a result while other topics can be sent to, in ms. */
const PROBE_REPEAT_MS = 5_000;
/** An unknown error raises an alarm after this many failures of one queue. */
const ALARM_AFTER_FAILURES = 10;

/** Dependencies of the failure policy. */
export interface FailurePolicyOptions
  extends Pick<PumpOptions, "buffer" | "clock" | "random" | "brokerAddress"> {
  readonly queues: TopicQueues;
  readonly status: PumpStatusTracker;
}

/** A send with rows that were not delivered. */
export interface FailedSend {
  /** The failed rows are at its front; the delivered ones are removed. */
  readonly queue: TopicQueue;
  /** The batch. */
  readonly rows: readonly StoredRow[];
  readonly result: Extract<SendResult, { ok: false }>;
  /** `monotonicMs` of the start of the send. */
  readonly beganMs: number;
}

/** Handles the failures of a pump. */
export interface FailurePolicy {
  /** Nothing is sent before this time (`monotonicMs`). */
  readonly pausedUntilMs: number;
  /** Rows were not delivered. */
  failed(send: FailedSend): void;
  /** A probe found that the topic of this queue cannot be sent to. */
  probeFailed(queue: TopicQueue, failure: SendFailure): void;
  /** A probe of these queues got no result. */
  probeUnanswered(
    queues: readonly TopicQueue[],
    failure: SendFailure,
    beganMs: number,
  ): void;
  /** All rows of a batch of this queue were delivered. */
  delivered(queue: TopicQueue): void;
  /** Some rows of a batch of this queue were delivered. */
  deliveredPartly(queue: TopicQueue): void;
  /**
   * Ends the failures of a queue, and its alarm, if it has no rows left: also if they
   * were not delivered but evicted or dead-lettered.
   */
  endIfEmpty(queue: TopicQueue): void;
}

/** State of the policy. */
interface PolicyState extends FailurePolicyOptions {
  pausedUntilMs: number;
  failuresInARow: number;
  /** Why all sending was paused last; null = a batch was delivered since. */
  pausedBy: string | null;
}

/** Rows that failed for one reason. */
interface FailedRows extends FailedPart {
  readonly queue: TopicQueue;
  /** Other rows of the batch were answered: the destination can be reached. */
  readonly isPart: boolean;
  readonly beganMs: number;
}

/** Creates a policy without failures. */
export function createFailurePolicy(options: FailurePolicyOptions): FailurePolicy {
  const state: PolicyState = {
    ...options,
    pausedUntilMs: -Infinity,
    failuresInARow: 0,
    pausedBy: null,
  };
  return {
    get pausedUntilMs() {
      return state.pausedUntilMs;
    },
    failed({ queue, rows, result, beganMs }) {
      const { failure, parts } = result;
      if (parts === undefined) {
        const isPart = false;
        fail(state, { queue, rows, failure, culprits: [], isPart, beganMs });
        return;
      }
      for (const part of joinParts(parts)) {
        fail(state, { ...part, queue, isPart: true, beganMs });
      }
    },
    probeFailed: (queue, failure) => probeFailed(state, queue, failure),
    probeUnanswered: (queues, failure, beganMs) =>
      probeUnanswered(state, queues, failure, beganMs),
    delivered(queue) {
      reached(state, queue);
      resetFailures(queue);
      queue.notBeforeMs = -Infinity;
      queue.pausedMs = -Infinity;
      queue.deadLettersInARow = 0;
    },
    deliveredPartly(queue) {
      reached(state, queue);
      queue.deadLettersInARow = 0;
    },
    endIfEmpty: (queue) => endIfEmpty(state, queue),
  };
}

/** The destination accepted rows of `delivered`: other queues without an answer fail alone. */
function reached(state: PolicyState, delivered: TopicQueue): void {
  state.failuresInARow = 0;
  state.pausedBy = null;
  for (const queue of state.queues.all()) {
    if (queue.outage === "unclear") {
      queue.outage = queue === delivered ? "none" : "alone";
    }
  }
}

function endIfEmpty({ queues, status }: PolicyState, queue: TopicQueue): void {
  if (hasWork(queue)) return;
  resetFailures(queue);
  queues.attach(queue);
  if (!queues.isBlocked(queue.topic)) status.clear(queue.topic);
}

/** Joins the parts with the same error; their rows are in order again. */
function joinParts(parts: readonly FailedPart[]): FailedPart[] {
  return [...Map.groupBy(parts, ({ failure }) => failure.errorName).values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const rows = same.flatMap((part) => part.rows).toSorted((a, b) => a.id - b.id);
      const isNamed = same.every(({ culprits }) => culprits.length > 0);
      const culprits = isNamed ? same.flatMap((part) => part.culprits) : [];
      return [{ rows, failure: first.failure, culprits }];
    });
}

function fail(state: PolicyState, failed: FailedRows): void {
  const { queue, rows, failure } = failed;
  state.status.failed(failure);
  releaseHold(state, failed);
  if (isContentRejection(failure.errorName)) {
    reject(state, failed);
    return;
  }
  const action = classify(state, queue, rows.length, failure);
  const target = targetOf(state, failed, action);
  // What is left in the queue was not refused.
  if (target !== queue) resetFailures(queue);
  target.failedMs = state.clock.monotonicMs() - failed.beganMs;
  if (sendBeforeCulprit(target, failed)) return;
  const isAlone = failsAlone(failed);
  const isForAll = "scope" in action && action.scope === "uplink" && !isAlone;
  note(state, target, rows.length, failure, isForAll);
  if (isForAll && isClear(target, failure)) target.outage = "unclear";
  apply(state, failed, target, action);
}

/** True if other rows can be sent although these got no answer. */
function failsAlone({ queue, isPart }: FailedRows): boolean {
  return isPart || queue.keys !== null || queue.outage === "alone";
}

/**
 * After a timeout the rows are sent again at once: a batch that is sent next keeps its
 * sequence numbers, so that it is not stored twice.
 */
function isClear({ failures }: TopicQueue, { errorName }: SendFailure): boolean {
  return errorName !== "TIMEOUT" || failures > 1;
}

/**
 * Rows that may have arrived stay held, so that they are not announced as missing too.
 * The rows in memory that were not sent yet are released: they may have to wait.
 */
function releaseHold(
  { buffer }: PolicyState,
  { queue, rows, failure, isPart }: FailedRows,
): void {
  const ids = rows.map(({ id }) => id);
  buffer.releaseUnsent();
  if (isCertainlyUndelivered(failure.errorName, isPart)) {
    buffer.release(ids.filter((id) => id > queue.uncertainUpTo));
  } else queue.uncertainUpTo = Math.max(queue.uncertainUpTo, ids.at(-1) ?? 0);
}

/** Rows before the first one that was refused are sent at once. */
function sendBeforeCulprit(target: TopicQueue, { culprits }: FailedRows): boolean {
  const ids = new Set(culprits.map(({ id }) => id));
  const count = target.rows.findIndex(({ id }) => ids.has(id));
  if (count < 1) return false;
  target.pinnedRows = count;
  return true;
}

function probeFailed(
  state: PolicyState,
  queue: TopicQueue,
  failure: SendFailure,
): void {
  const rows = queue.rows.length;
  const action = classify(state, queue, rows, failure);
  state.buffer.releaseUnsent();
  state.queues.releaseTopic(queue.topic);
  note(state, queue, rows, failure, false);
  if (action.kind === "block") block(state, queue, failure, action, true);
  else retryLater(state, queue, failure);
}

/** While another topic can be sent to, a failed probe delays only the probed ones. */
function probeUnanswered(
  state: PolicyState,
  probed: readonly TopicQueue[],
  failure: SendFailure,
  beganMs: number,
): void {
  const [first] = probed;
  if (first === undefined) return;
  const others = state.queues.all().some((queue) =>
    !queue.needsProbe && queue.failures === 0
  );
  if (others) {
    const nowMs = state.clock.monotonicMs();
    for (const queue of probed) queue.notBeforeMs = nowMs + PROBE_REPEAT_MS;
    return;
  }
  state.buffer.releaseUnsent();
  state.status.failed(failure);
  note(state, first, first.rows.length, failure, true);
  const action = classify(state, first, first.rows.length, failure);
  if (action.kind === "block") block(state, first, failure, action, false);
  else pauseAll(state, failure, beganMs);
}

/** The broker rejects the content: of the rows that it names, or of one it does not name. */
function reject(
  state: PolicyState,
  { queue, rows, failure, culprits }: FailedRows,
): void {
  const named = culprits.length > 0 ? culprits : rows;
  state.buffer.reject(named.map((row) => row.id));
  note(state, queue, rows.length, failure, false);
  const single = culprits.length > 0 || rows.length === 1;
  if (!single) {
    queue.pinnedRows = null;
    queue.bound.shrink(rows.length);
    return;
  }
  for (const row of named) {
    const action = classify(state, queue, 1, failure);
    if (action.kind !== "deadLetter") return block(state, queue, failure, action, true);
    state.buffer.deadLetter(row.id, action.reason);
    state.status.deadLettered(queue.topic, row.id, action.reason);
    state.queues.remove(queue, [row.id]);
    queue.deadLettersInARow++;
    resetFailures(queue);
  }
}

function classify(
  { brokerAddress }: PolicyState,
  { topic, deadLettersInARow }: TopicQueue,
  rows: number,
  failure: SendFailure,
): FailureAction {
  return classifyFailure({ ...failure, topic, rows, brokerAddress, deadLettersInARow });
}

/** The queue that an action pauses. */
function targetOf(
  { queues }: PolicyState,
  { queue, rows, failure, culprits, isPart }: FailedRows,
  action: FailureAction,
): TopicQueue {
  const scope = "scope" in action ? action.scope : "streams";
  if (scope === "topic") return queues.releaseTopic(queue.topic);
  if (!isPart) return queue;
  const refused = culprits.length > 0 ? culprits : rows;
  return queues.detach(queue, refused, failure.errorName);
}

/** Counts and reports a failure; one that pauses all sending is reported once. */
function note(
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

function apply(
  state: PolicyState,
  failed: FailedRows,
  target: TopicQueue,
  action: FailureAction,
): void {
  const { rows, failure, beganMs } = failed;
  const isAlone = failsAlone(failed);
  switch (action.kind) {
    case "split":
    case "deadLetter":
      return; // see reject()
    case "shrink":
      // The answer may have been lost: the same batch again is not stored twice. A
      // batch that was larger than those before it is probably too large for the link.
      if (target.failures > 1 || target.bound.isTrial) {
        target.pinnedRows = null;
        target.bound.shrink(rows.length);
      } else pin(target, rows);
      return isAlone
        ? retryLater(state, target, failure)
        : pauseAll(state, failure, beganMs);
    case "retry":
      if (action.scope !== "topic") pin(target, rows);
      if (action.scope !== "uplink") return retryLater(state, target, failure);
      return isAlone
        ? retryLater(state, target, failure, UNREACHABLE_BACKOFF)
        : pauseAll(state, failure, beganMs);
    case "block":
      return block(state, target, failure, action, isAlone);
    default:
      action satisfies never;
  }
}

/** The failed rows must be sent again unchanged. */
function pin(queue: TopicQueue, rows: readonly StoredRow[]): void {
  const isFront = rows.length > 0 && queue.rows[0]?.id === rows[0]?.id &&
    queue.rows[rows.length - 1]?.id === rows.at(-1)?.id;
  queue.pinnedRows = isFront ? rows.length : null;
}

function block(
  state: PolicyState,
  queue: TopicQueue,
  failure: SendFailure,
  action: FailureAction,
  isAlone: boolean,
): void {
  if (action.kind !== "block") return;
  if (action.scope === "uplink" && !isAlone) {
    state.status.raise(null, failure.errorName, action.alarm);
    state.pausedBy = failure.errorName;
    state.pausedUntilMs = state.clock.monotonicMs() + BLOCKED_RETRY_MS;
    return;
  }
  queue.pinnedRows = null;
  queue.blocked = true;
  state.status.raise(queue.topic, failure.errorName, action.alarm);
  pauseQueue(state, queue, BLOCKED_RETRY_MS);
}

function retryLater(
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

/** Pauses all sending after an attempt that began at `beganMs`. */
function pauseAll(
  state: PolicyState,
  { errorName }: SendFailure,
  beganMs: number,
): void {
  state.failuresInARow++;
  state.pausedBy = errorName;
  state.pausedUntilMs = Math.max(
    state.clock.monotonicMs() + DELAY_MIN_MS,
    beganMs + backoffMs(state.failuresInARow, UNREACHABLE_BACKOFF, state.random),
  );
}

function resetFailures(queue: TopicQueue): void {
  queue.pinnedRows = null;
  queue.failures = 0;
  queue.lastErrorName = null;
  queue.outage = "none";
  queue.blocked = false;
}

function repeatedFailure(topic: string, { errorName, detail }: SendFailure): string {
  return `Every attempt to send to topic ${topic} fails with ${errorName} (${detail}). Check the broker's log`;
}
