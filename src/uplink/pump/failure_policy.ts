/**
 * Carries out the action for a batch that was not delivered, and decides how long
 * sending is paused.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../../base/backoff.ts";
import type { SendFailure } from "../uplink.ts";
import {
  classifyFailure,
  type FailureAction,
  isCertainlyUndelivered,
  isContentRejection,
} from "./disposition.ts";
import type { PumpOptions } from "./pump_options.ts";
import type { PumpStatusTracker } from "./pump_status.ts";
import type { TopicQueue, TopicQueues } from "./topic_queue.ts";

/** Interval at which a blocked topic, or the blocked uplink, is tried again, in ms. */
export const BLOCKED_RETRY_MS = 15_000;

/**
 * Time from the start of one attempt to the start of the next while the destination
 * is unreachable. An attempt that took longer is followed by the next at once, so
 * that delivery resumes within 10 s of the end of a fault and a slow link is not idle.
 */
const UNREACHABLE_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 5_000 };
/** Delays between attempts of one topic. */
const TOPIC_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 10_000 };
/** Minimum delay after a failure, because jitter alone could return 0. */
const DELAY_MIN_MS = 100;
/** An unknown error raises an alarm after this many failures of one topic. */
const ALARM_AFTER_FAILURES = 10;

/** Dependencies of the failure policy. */
export interface FailurePolicyOptions
  extends Pick<PumpOptions, "buffer" | "clock" | "random" | "brokerAddress"> {
  readonly queues: TopicQueues;
  readonly status: PumpStatusTracker;
}

/** A batch that was not delivered. */
export interface FailedSend {
  readonly queue: TopicQueue;
  /** The batch was the first `rows` rows of the queue. */
  readonly rows: number;
  readonly failure: SendFailure;
  /** `monotonicMs` of the start of the send. */
  readonly beganMs: number;
}

/** Handles the failures of a pump. */
export interface FailurePolicy {
  /** Nothing is sent before this time (`monotonicMs`). */
  readonly pausedUntilMs: number;
  /** A batch was not delivered. */
  failed(send: FailedSend): void;
  /** A batch of this topic was delivered. */
  delivered(queue: TopicQueue): void;
}

/** Creates a policy without failures. */
export function createFailurePolicy(options: FailurePolicyOptions): FailurePolicy {
  const { buffer, clock, random, queues, status } = options;
  let pausedUntilMs = -Infinity;
  let failuresInARow = 0;

  function failed(send: FailedSend): void {
    const { queue, rows, failure } = send;
    const { errorName } = failure;
    if (queue.lastErrorName !== errorName) status.failing(queue.topic, rows, failure);
    status.failed(failure);
    queue.lastErrorName = errorName;
    queue.failures++;
    if (isContentRejection(errorName)) buffer.reject(idsOf(send));
    releaseHold(buffer, send);
    apply(
      send,
      classifyFailure({
        ...failure,
        topic: queue.topic,
        rows,
        brokerAddress: options.brokerAddress,
        deadLettersInARow: queue.deadLettersInARow,
      }),
    );
  }

  function apply(send: FailedSend, action: FailureAction): void {
    const { queue, rows, failure, beganMs } = send;
    switch (action.kind) {
      case "split":
        queue.pinnedRows = null;
        queue.bound.shrink(rows);
        return;
      case "deadLetter":
        return deadLetter(send, action.reason);
      case "shrink":
        queue.pinnedRows = null;
        queue.bound.shrink(rows);
        return pauseAll(beganMs);
      case "retry": {
        queue.pinnedRows = rows;
        if (action.scope === "uplink") return pauseAll(beganMs);
        const { topic, failures } = queue;
        if (failures >= ALARM_AFTER_FAILURES) {
          status.raise(topic, failure.errorName, repeatedFailure(topic, failure));
        }
        const delayMs = backoffMs(failures, TOPIC_BACKOFF, random);
        return pauseTopic(queue, Math.max(DELAY_MIN_MS, delayMs));
      }
      case "block": {
        queue.pinnedRows = rows;
        const isTopic = action.scope === "topic";
        status.raise(isTopic ? queue.topic : null, failure.errorName, action.alarm);
        if (isTopic) pauseTopic(queue, BLOCKED_RETRY_MS);
        else pausedUntilMs = clock.monotonicMs() + BLOCKED_RETRY_MS;
        return;
      }
      default:
        action satisfies never;
    }
  }

  function deadLetter(send: FailedSend, reason: string): void {
    const { queue, rows } = send;
    for (const id of idsOf(send)) {
      buffer.deadLetter(id, reason);
      status.deadLettered(queue.topic, id, reason);
    }
    queues.drop(queue, rows);
    queue.deadLettersInARow += rows;
    resetFailures(queue);
  }

  /** The rows of a paused topic are released, so that other topics can use the memory. */
  function pauseTopic(queue: TopicQueue, durationMs: number): void {
    queue.notBeforeMs = clock.monotonicMs() + durationMs;
    queues.release(queue);
  }

  /** Pauses all sending after an attempt that began at `beganMs`. */
  function pauseAll(beganMs: number): void {
    failuresInARow++;
    pausedUntilMs = Math.max(
      clock.monotonicMs() + DELAY_MIN_MS,
      beganMs + backoffMs(failuresInARow, UNREACHABLE_BACKOFF, random),
    );
  }

  return {
    get pausedUntilMs() {
      return pausedUntilMs;
    },
    failed,
    delivered(queue) {
      failuresInARow = 0;
      resetFailures(queue);
      queue.deadLettersInARow = 0;
    },
  };
}

function idsOf({ queue, rows }: FailedSend): readonly number[] {
  return queue.rows.slice(0, rows).map((row) => row.id);
}

/** A batch that may have arrived stays held, so that it is not announced as missing too. */
function releaseHold(buffer: PumpOptions["buffer"], send: FailedSend): void {
  const { queue, failure } = send;
  const ids = idsOf(send);
  if (isCertainlyUndelivered(failure.errorName)) {
    buffer.release(ids.filter((id) => id > queue.uncertainUpTo));
  } else queue.uncertainUpTo = Math.max(queue.uncertainUpTo, ids.at(-1) ?? 0);
}

function resetFailures(queue: TopicQueue): void {
  queue.pinnedRows = null;
  queue.failures = 0;
  queue.lastErrorName = null;
}

function repeatedFailure(topic: string, { errorName, detail }: SendFailure): string {
  return `Every attempt to send to topic ${topic} fails with ${errorName} (${detail}). Check the broker's log`;
}
