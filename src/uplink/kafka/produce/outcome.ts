/**
 * Splits the rows of a send into partitions, and turns the answers of the brokers into
 * the result of the send and the next state of the producer. Pure.
 *
 * @module
 */

import type { StoredRow } from "../../../buffer/buffer.ts";
import {
  type FailedPart,
  MAY_BE_STORED,
  type SendFailure,
  type SendResult,
} from "../../uplink.ts";
import type { PartitionResult } from "./request.ts";
import { explainCompressionRefusal } from "../compression_refusal.ts";
import { type BatchCompression, COMPRESSION } from "../options.ts";
import {
  accepted,
  type PartitionBatch,
  type ProducerState,
  refused,
} from "./producer_state.ts";
import { partitionOf, type TopicLayout } from "../cluster/topic_layout.ts";

/** The rows of one partition. */
export interface RowBatch extends PartitionBatch {
  readonly rows: readonly StoredRow[];
}

/** The answer for a batch; undefined = none came. */
export type BatchAnswer = Omit<PartitionResult, "partition"> | undefined;

/** There was no leader to send to: the batch keeps its sequence numbers. */
const NO_LEADER = "LEADER_NOT_AVAILABLE";

/** Errors after which the leaders of the topic must be requested again. */
const LAYOUT_CHANGED: ReadonlySet<string> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "REPLICA_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR",
]);

/** The broker has these rows from an earlier, identical batch. */
const STORED_BEFORE = "DUPLICATE_SEQUENCE_NUMBER";

/** Groups rows of one topic by partition; the order within a partition is kept. */
export function splitRows(
  topic: string,
  rows: readonly StoredRow[],
  { partitionCount }: TopicLayout,
): RowBatch[] {
  const partitionOfKey = new Map<string, number>();
  const byPartition = new Map<number, StoredRow[]>();
  for (const row of rows) {
    let partition = partitionOfKey.get(row.key);
    if (partition === undefined) {
      partition = partitionOf(row.key, partitionCount);
      partitionOfKey.set(row.key, partition);
    }
    const batch = byPartition.get(partition);
    if (batch === undefined) byPartition.set(partition, [row]);
    else batch.push(row);
  }
  return [...byPartition].map(([partition, rows]) => ({
    topic,
    partition,
    rows,
    ids: rows.map((row) => row.id),
  }));
}

/** True if the broker has stored the batch. */
export function isStored(answer: BatchAnswer): boolean {
  return answer !== undefined &&
    (answer.failure === null || answer.failure.errorName === STORED_BEFORE);
}

/** True if the broker has answered, but may have stored the batch or not. */
export function isUnknown(answer: BatchAnswer): boolean {
  return MAY_BE_STORED.has(answer?.failure?.errorName ?? "");
}

/** True if the leaders of the topic must be requested again. */
export function needsNewLayout(answer: BatchAnswer): boolean {
  return LAYOUT_CHANGED.has(answer?.failure?.errorName ?? "");
}

/** The state of the producer after the answers to `batches`. */
export function reduceAnswers(
  state: ProducerState,
  batches: readonly RowBatch[],
  answerOf: (batch: RowBatch) => BatchAnswer,
): ProducerState {
  let next = state;
  for (const batch of batches) {
    const answer = answerOf(batch);
    if (isStored(answer)) next = accepted(next, batch);
    else if (isRefused(answer)) return refused();
  }
  return next;
}

/**
 * The result of a send.
 *
 * @param unanswered the failure of a batch without an answer
 */
export function toSendResult(
  batches: readonly RowBatch[],
  answerOf: (batch: RowBatch) => BatchAnswer,
  unanswered: (batch: RowBatch) => SendFailure,
  compression: BatchCompression = COMPRESSION,
): SendResult {
  const parts: FailedPart[] = [];
  for (const batch of batches) {
    const answer = answerOf(batch);
    if (isStored(answer)) continue;
    const culprits = (answer?.culprits ?? []).flatMap((index) =>
      batch.rows[index] ?? []
    );
    const failure = answer?.failure ?? unanswered(batch);
    parts.push({
      rows: batch.rows,
      failure: explainCompressionRefusal(failure, compression),
      culprits,
    });
  }
  const [first] = parts;
  if (first === undefined) return { ok: true };
  if (batches.some((batch) => answerOf(batch) !== undefined)) {
    return { ok: false, failure: first.failure, parts };
  }
  // Rows that may have arrived decide about all of them.
  const failures = parts.map(({ failure }) => failure);
  const unknown = failures.find(({ errorName }) => errorName === "TIMEOUT");
  return { ok: false, failure: unknown ?? first.failure };
}

function isRefused(answer: BatchAnswer): boolean {
  return answer !== undefined && answer.failure !== null &&
    answer.failure.errorName !== NO_LEADER && !isUnknown(answer);
}
