/**
 * What follows from a probe that found a topic missing, or got no answer.
 *
 * @module
 */

import type { SendFailure } from "../uplink.ts";
import {
  block,
  classifyFor,
  noteFailure,
  pauseAll,
  type PolicyState,
  retryLater,
} from "./queue_pauses.ts";
import type { TopicQueue } from "./topic_queue.ts";

/** Delay after a probe without a result while other topics can be sent to, in ms. */
const PROBE_REPEAT_MS = 5_000;

/** The topic of this queue cannot be sent to: its rows wait until a probe finds it. */
export function probeFailed(
  state: PolicyState,
  queue: TopicQueue,
  failure: SendFailure,
): void {
  const rows = queue.rows.length;
  const action = classifyFor(state, queue, rows, failure);
  state.buffer.releaseUnsent();
  state.queues.releaseTopic(queue.topic);
  noteFailure(state, queue, rows, failure, false);
  if (action.kind === "block") block(state, queue, failure, action, true);
  else retryLater(state, queue, failure);
}

/** While another topic can be sent to, a failed probe delays only the probed ones. */
export function probeUnanswered(
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
  noteFailure(state, first, first.rows.length, failure, true);
  const action = classifyFor(state, first, first.rows.length, failure);
  if (action.kind === "block") block(state, first, failure, action, false);
  else pauseAll(state, failure, beganMs);
}
