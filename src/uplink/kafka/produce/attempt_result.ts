/**
 * The result of a send that has ended, from its answers and its failures. Pure.
 *
 * @module
 */

import type { SendFailure, SendResult } from "../../uplink.ts";
import type { BatchCompression } from "../options.ts";
import type { Attempt } from "./attempt.ts";
import type { WorkEnd } from "../silence.ts";
import { type RowBatch, toSendResult } from "./outcome.ts";

/** Describes how the work of a send ended; `leader` is the node that it ended at. */
export type DescribeEnd = (
  end: WorkEnd,
  wasSent: boolean,
  leader?: number,
) => SendFailure;

/**
 * The result. A batch without an answer has the failure of its own leader; if it may
 * have been stored, this is a `TIMEOUT`.
 */
export function attemptResult(
  attempt: Attempt,
  end: WorkEnd,
  describe: DescribeEnd,
  compression: BatchCompression,
): SendResult {
  const { batches, answers, topicFailure } = attempt;
  if (batches.length === 0) {
    return { ok: false, failure: topicFailure ?? describe(end, false) };
  }
  const unanswered = (batch: RowBatch): SendFailure => {
    const error = attempt.errors.get(batch);
    const own: WorkEnd = error === undefined ? end : { kind: "failed", error };
    const leader = attempt.leaders.get(batch);
    if (!attempt.mayBeStored.has(batch)) {
      if (error === undefined && topicFailure !== null) return topicFailure;
      return describe(own, false, leader);
    }
    // Whatever ended the send: the answer is unknown.
    return { errorName: "TIMEOUT", detail: describe(own, true, leader).detail };
  };
  return toSendResult(batches, (batch) => answers.get(batch), unanswered, compression);
}
