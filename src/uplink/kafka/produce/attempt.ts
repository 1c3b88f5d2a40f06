/**
 * One send: finds the leaders, and sends each of them its partitions.
 *
 * @module
 */

import type { Clock } from "../../../base/clock.ts";
import type { StoredRow } from "../../../buffer/buffer.ts";
import type { SendFailure } from "../../uplink.ts";
import type { OutgoingRecord } from "../broker_connection.ts";
import type { Cluster, TopicDirectory } from "../cluster/cluster.ts";
import type { BatchCompression } from "../options.ts";
import type { TopicLayout } from "../cluster/topic_layout.ts";
import {
  type BatchAnswer,
  isStored,
  needsNewLayout,
  reduceAnswers,
  type RowBatch,
  splitRows,
} from "./outcome.ts";
import { TIMESTAMP_HEADER, timestampOf, type TopicTimes } from "./timestamp.ts";
import { requestProducerId } from "./producer_id.ts";
import {
  canSend,
  firstSequence,
  type ProducerState,
  sent,
  withProducer,
} from "./producer_state.ts";

/** Rounds of requests in one send. A new leader needs some 100 ms. */
const ROUNDS_MAX = 4;
/** Delay after the first round that found no leader; it increases with each. */
const LEADER_DELAY_MS = 100;

/** One send in progress. */
export interface Attempt {
  readonly rows: readonly StoredRow[];
  producer: ProducerState;
  /** Empty until the partitions are known. */
  batches: readonly RowBatch[];
  /** The latest answer; a batch that was sent again since has none. */
  readonly answers: Map<RowBatch, BatchAnswer>;
  /** Sent in the current round; their answers are not part of `producer` yet. */
  readonly round: Set<RowBatch>;
  /** Sent, and not refused since; a broker may have stored them. */
  readonly mayBeStored: Set<RowBatch>;
  /** Ids of the rows that the broker refused because of their timestamp. */
  readonly refusedTimes: Set<number>;
  /** Ids of those that the broker named. */
  readonly named: Set<number>;
  /** The topic cannot be sent to; the connection works. */
  topicFailure: SendFailure | null;
}

/** What an attempt uses. */
export interface AttemptOptions {
  readonly cluster: Cluster;
  readonly directory: TopicDirectory;
  /** Maximum time for the replicas to acknowledge, in ms. */
  readonly timeoutMs: number;
  readonly compression: BatchCompression;
  readonly clock: Clock;
}

/** Creates an attempt that has not begun. */
export function createAttempt(
  rows: readonly StoredRow[],
  producer: ProducerState,
): Attempt {
  return {
    rows,
    producer,
    batches: [],
    answers: new Map(),
    round: new Set(),
    mayBeStored: new Set(),
    refusedTimes: new Set(),
    named: new Set(),
    topicFailure: null,
  };
}

/**
 * Connects, and sends the rows. Repeats what a broker refuses because it is no longer the
 * leader, and once, with the other time, what it refuses because of the timestamp.
 */
export async function runAttempt(
  options: AttemptOptions,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, directory } = options;
  const topic = attempt.rows[0]?.topic ?? "";
  let open: readonly RowBatch[] = [];
  for (let round = 1;; round++) {
    const layout = await cluster.layoutOf(topic);
    if (!layout.ok) {
      attempt.topicFailure = layout.fault;
      return;
    }
    if (round === 1) {
      attempt.batches = splitRows(topic, attempt.rows, layout.value);
      open = attempt.batches;
    }
    if (!canSend(attempt.producer, open)) {
      attempt.producer = withProducer(await requestProducerId(cluster, signal));
    }
    await produceToLeaders(options, attempt, layout.value, open);
    endRound(attempt);
    for (const batch of open) learnTimes(options, attempt, batch);
    const moved = open.filter((batch) => needsNewLayout(attempt.answers.get(batch)));
    const adjusted = open.filter((batch) => adjustTimes(attempt, batch));
    open = [...moved, ...adjusted];
    if (open.length === 0 || round >= ROUNDS_MAX) return;
    for (const batch of adjusted) {
      // The refusal was of the other time.
      attempt.answers.delete(batch);
      attempt.mayBeStored.delete(batch);
    }
    if (moved.length === 0) continue;
    directory.forget(topic);
    await options.clock.sleep(LEADER_DELAY_MS * round, signal);
  }
}

/** Adds the answers of the current round to the state of the producer. */
export function endRound(attempt: Attempt): void {
  const answerOf = (batch: RowBatch) => attempt.answers.get(batch);
  attempt.producer = reduceAnswers(attempt.producer, [...attempt.round], answerOf);
  attempt.round.clear();
}

/** True if the batch was refused because of timestamps that can be replaced. */
function adjustTimes(
  { answers, refusedTimes, named }: Attempt,
  batch: RowBatch,
): boolean {
  const answer = answers.get(batch);
  if (answer?.failure?.errorName !== "INVALID_TIMESTAMP") return false;
  const refused = answer.culprits.length === 0
    ? batch.rows
    : answer.culprits.flatMap((index) => batch.rows[index] ?? []);
  const fresh = refused.filter(({ id }) => !refusedTimes.has(id));
  if (fresh.length === 0) return false;
  for (const { id } of fresh) {
    refusedTimes.add(id);
    if (answer.culprits.length > 0) named.add(id);
  }
  return true;
}

/** Remembers which times were refused, once the send time was accepted for these rows. */
function learnTimes(
  { directory, clock }: AttemptOptions,
  { answers, refusedTimes, named }: Attempt,
  batch: RowBatch,
): void {
  if (refusedTimes.size === 0 || !isStored(answers.get(batch))) return;
  const nowMs = clock.wallMs();
  const known = directory.timesOf(batch.topic);
  const times = batch.rows.filter(({ id, createdAtMs }) =>
    named.has(id) &&
    timestampOf(createdAtMs, nowMs, known, true).reason === "refused"
  ).map(({ createdAtMs }) => createdAtMs);
  if (times.length > 0) directory.refusedTimes(batch.topic, times);
}

/** Sends one request to each leader; the answers are noted as they arrive. */
async function produceToLeaders(
  options: AttemptOptions,
  attempt: Attempt,
  { leaders }: TopicLayout,
  batches: readonly RowBatch[],
): Promise<void> {
  const byLeader = Map.groupBy(batches, ({ partition }) => leaders.get(partition));
  const requests = [...byLeader].map(([leader, batches]) =>
    leader === undefined
      ? noLeader(attempt, batches)
      : produceTo(options, attempt, leader, batches)
  );
  const results = await Promise.allSettled(requests);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function produceTo(
  { cluster, directory, timeoutMs, compression, clock }: AttemptOptions,
  attempt: Attempt,
  leader: number,
  batches: readonly RowBatch[],
): Promise<void> {
  const connection = await cluster.toNode(leader);
  const { producer } = attempt.producer;
  if (producer === null) throw new Error("a send without a producer id");
  const topic = batches[0]?.topic ?? "";
  const times = directory.timesOf(topic);
  const nowMs = clock.wallMs();
  const partitions = batches.map((batch) => ({
    partition: batch.partition,
    firstSequence: firstSequence(attempt.producer, batch),
    records: batch.rows.map((row) =>
      toRecord(row, times, nowMs, attempt.refusedTimes.has(row.id))
    ),
  }));
  noteSent(attempt, batches);
  const results = await connection.produce({
    topic,
    partitions,
    producer,
    compression,
    timeoutMs,
  });
  for (const result of results) {
    const batch = batches.find(({ partition }) => partition === result.partition);
    if (batch !== undefined) attempt.answers.set(batch, result);
  }
}

/** An answer of an earlier round says nothing about what is sent now. */
function noteSent(attempt: Attempt, batches: readonly RowBatch[]): void {
  attempt.producer = sent(attempt.producer, batches);
  for (const batch of batches) {
    attempt.answers.delete(batch);
    attempt.round.add(batch);
    attempt.mayBeStored.add(batch);
  }
}

function noLeader({ answers }: Attempt, batches: readonly RowBatch[]): Promise<void> {
  const failure: SendFailure = {
    errorName: "LEADER_NOT_AVAILABLE",
    detail: "the partition has no leader at the moment",
  };
  for (const batch of batches) answers.set(batch, { failure, culprits: [] });
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
