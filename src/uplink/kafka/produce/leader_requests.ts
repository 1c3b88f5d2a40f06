/**
 * One round of a send: a request to each leader with its partitions.
 *
 * @module
 */

import type { StoredRow } from "../../../buffer/buffer.ts";
import type { SendFailure } from "../../uplink.ts";
import type { OutgoingRecord, ProduceRequest } from "./request.ts";
import type { TopicLayout } from "../cluster/topic_layout.ts";
import type { Attempt, AttemptOptions } from "./attempt.ts";
import type { RowBatch } from "./outcome.ts";
import { firstSequence, sent } from "./producer_state.ts";
import { TIMESTAMP_HEADER, timestampOf, type TopicTimes } from "./timestamp.ts";

/** Sends one request to each leader; the answers are noted as they arrive. */
export async function produceToLeaders(
  options: AttemptOptions,
  attempt: Attempt,
  { leaders }: TopicLayout,
  batches: readonly RowBatch[],
  signal: AbortSignal,
): Promise<void> {
  attempt.isProducing = true;
  const byLeader = Map.groupBy(batches, ({ partition }) => leaders.get(partition));
  await Promise.all(
    [...byLeader].map(([leader, batches]) =>
      leader === undefined
        ? noLeader(attempt, batches)
        : produceTo(options, attempt, leader, batches, signal)
    ),
  );
  attempt.isProducing = false;
}

/** Resolves with or without an answer. */
async function produceTo(
  options: AttemptOptions,
  attempt: Attempt,
  leader: number,
  batches: readonly RowBatch[],
  signal: AbortSignal,
): Promise<void> {
  attempt.silentNodes.add(leader);
  for (const batch of batches) attempt.leaders.set(batch, leader);
  try {
    const connection = await options.cluster.toNode(
      leader,
      attempt.producer.clusterId,
    );
    // The send is over if it took too long to connect.
    signal.throwIfAborted();
    const request = toRequest(options, attempt, batches);
    noteSent(attempt, batches);
    for (const result of await connection.produce(request)) {
      const batch = batches.find(({ partition }) => partition === result.partition);
      if (batch !== undefined) attempt.answers.set(batch, result);
    }
    attempt.silentNodes.delete(leader);
  } catch (error) {
    for (const batch of batches) attempt.errors.set(batch, error);
  }
}

function toRequest(
  { directory, timeoutMs, compression, clock }: AttemptOptions,
  { producer: state, refusedTimes }: Attempt,
  batches: readonly RowBatch[],
): ProduceRequest {
  const { producer } = state;
  if (producer === null) throw new Error("a send without a producer id");
  const topic = batches[0]?.topic ?? "";
  const times = directory.timesOf(topic);
  const nowMs = clock.wallMs();
  const partitions = batches.map((batch) => ({
    partition: batch.partition,
    firstSequence: firstSequence(state, batch),
    records: batch.rows.map((row) =>
      toRecord(row, times, nowMs, refusedTimes.has(row.id))
    ),
  }));
  return { topic, partitions, producer, compression, timeoutMs };
}

/** An answer of an earlier round says nothing about what is sent now. */
function noteSent(attempt: Attempt, batches: readonly RowBatch[]): void {
  attempt.producer = sent(attempt.producer, batches);
  for (const batch of batches) {
    attempt.answers.delete(batch);
    attempt.errors.delete(batch);
    attempt.round.add(batch);
    attempt.mayBeStored.add(batch);
  }
}

function noLeader(
  { answers, unknown }: Attempt,
  batches: readonly RowBatch[],
): Promise<void> {
  const failure: SendFailure = {
    errorName: "LEADER_NOT_AVAILABLE",
    detail: "the partition has no leader at the moment",
  };
  for (const batch of batches) {
    // What an earlier round may have stored is not certainly undelivered.
    answers.set(batch, unknown.get(batch) ?? { failure, culprits: [] });
  }
  return Promise.resolve();
}

function toRecord(
  { key, payload, createdAtMs }: StoredRow,
  times: TopicTimes | undefined,
  nowMs: number,
  wasRefused: boolean,
): OutgoingRecord {
  const { timestampMs, reason } = timestampOf(createdAtMs, nowMs, times, wasRefused);
  const record = { key, payload, timestampMs };
  return reason === null
    ? record
    : { ...record, headers: { [TIMESTAMP_HEADER]: reason } };
}
