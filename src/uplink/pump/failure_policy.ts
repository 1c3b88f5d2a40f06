/**
 * Carries out the action for rows that were not delivered.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import type { SendFailure, SendResult } from "../uplink.ts";
import { type FailureAction, isContentRejection } from "./disposition.ts";
import {
  type FailedRows,
  failsAlone,
  joinParts,
  pin,
  releaseHold,
  sendBeforeCulprit,
  targetOf,
} from "./failed_rows.ts";
import { probeFailed, probeUnanswered } from "./probe_failures.ts";
import {
  block,
  classifyFor,
  endIfEmpty,
  type FailurePolicyOptions,
  noteFailure,
  pauseAll,
  type PolicyState,
  reached,
  resetFailures,
  retryLater,
  UNREACHABLE_BACKOFF,
} from "./queue_pauses.ts";
import type { TopicQueue } from "./topic_queue.ts";

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
      reached(state, queue, true);
      resetFailures(queue);
      queue.notBeforeMs = -Infinity;
      queue.pausedMs = -Infinity;
      queue.deadLettersInARow = 0;
    },
    deliveredPartly(queue) {
      reached(state, queue, false);
      queue.deadLettersInARow = 0;
    },
    endIfEmpty: (queue) => endIfEmpty(state, queue),
  };
}

function fail(state: PolicyState, failed: FailedRows): void {
  const { queue, rows, failure } = failed;
  state.status.failed(failure);
  releaseHold(state, failed);
  if (isContentRejection(failure.errorName)) {
    reject(state, failed);
    return;
  }
  const action = classifyFor(state, queue, rows.length, failure);
  const target = targetOf(state, failed, action);
  // What is left in the queue was not refused.
  if (target !== queue) resetFailures(queue);
  target.failedMs = state.clock.monotonicMs() - failed.beganMs;
  if (sendBeforeCulprit(target, failed)) return;
  const isAlone = failsAlone(failed);
  const isForAll = "scope" in action && action.scope === "uplink" && !isAlone;
  noteFailure(state, target, rows.length, failure, isForAll);
  if (isForAll && isClear(target, failure)) target.outage = "unclear";
  apply(state, failed, target, action);
}

/**
 * After a timeout the rows are sent again at once: a batch that is sent next keeps its
 * sequence numbers, so that it is not stored twice.
 */
function isClear({ failures }: TopicQueue, { errorName }: SendFailure): boolean {
  return errorName !== "TIMEOUT" || failures > 1;
}

/** The broker rejects the content: of the rows that it names, or of one it does not name. */
function reject(
  state: PolicyState,
  { queue, rows, failure, culprits }: FailedRows,
): void {
  const named = culprits.length > 0 ? culprits : rows;
  state.buffer.reject(named.map((row) => row.id));
  noteFailure(state, queue, rows.length, failure, false);
  const single = culprits.length > 0 || rows.length === 1;
  if (!single) {
    queue.pinnedRows = null;
    queue.bound.shrink(rows.length);
    return;
  }
  for (const row of named) {
    const action = classifyFor(state, queue, 1, failure);
    if (action.kind !== "deadLetter") return block(state, queue, failure, action, true);
    state.buffer.deadLetter(row.id, action.reason);
    state.status.deadLettered(queue.topic, row.id, action.reason);
    state.queues.remove(queue, [row.id]);
    queue.deadLettersInARow++;
    resetFailures(queue);
  }
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
