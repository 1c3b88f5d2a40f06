/**
 * The result of a send that has ended, from its answers and its failures. Pure.
 *
 * @module
 */

import type { SendFailure, SendResult } from "../../uplink.ts";
import type { BatchCompression } from "../options.ts";
import type { Attempt } from "./attempt.ts";
import { type RowBatch, toSendResult } from "./outcome.ts";

/** The result; a batch without an answer that may have been stored is a `TIMEOUT`. */
export function attemptResult(
  { batches, answers, mayBeStored, topicFailure }: Attempt,
  describeEnd: (wasSent: boolean) => SendFailure,
  compression: BatchCompression,
): SendResult {
  if (batches.length === 0) {
    return { ok: false, failure: topicFailure ?? describeEnd(false) };
  }
  const unanswered = (batch: RowBatch): SendFailure =>
    mayBeStored.has(batch)
      // Whatever ended the send: the answer is unknown.
      ? { errorName: "TIMEOUT", detail: describeEnd(true).detail }
      : topicFailure ?? describeEnd(false);
  return toSendResult(batches, (batch) => answers.get(batch), unanswered, compression);
}
