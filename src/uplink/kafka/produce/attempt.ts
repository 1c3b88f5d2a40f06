/**
 * One send: finds the leaders, and sends each of them its partitions.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../../platform/system_clock.ts";
import type { StoredRow } from "../../../buffer/buffer.ts";
import type { SendFailure } from "../../uplink.ts";
import type { OutgoingRecord } from "../broker_connection.ts";
import type { Cluster, TopicDirectory } from "../cluster/cluster.ts";
import type { BatchCompression } from "../options.ts";
import type { TopicLayout } from "../cluster/topic_layout.ts";
import {
  type BatchAnswer,
  needsNewLayout,
  type RowBatch,
  splitRows,
} from "./outcome.ts";
import { requestProducerId } from "./producer_id.ts";
import {
  canSend,
  firstSequence,
  type ProducerState,
  sent,
  withProducer,
} from "./producer_state.ts";

/** Attempts to find the leaders of a topic in one send; a new leader needs some 100 ms. */
const LEADER_TRIES_MAX = 3;
/** Delay after the first of them; it increases with each. */
const LEADER_DELAY_MS = 100;

/** One send in progress. */
export interface Attempt {
  readonly rows: readonly StoredRow[];
  producer: ProducerState;
  /** Empty until the partitions are known. */
  batches: readonly RowBatch[];
  readonly answers: Map<RowBatch, BatchAnswer>;
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
}

/** Creates an attempt that has not begun. */
export function createAttempt(
  rows: readonly StoredRow[],
  producer: ProducerState,
): Attempt {
  return { rows, producer, batches: [], answers: new Map(), topicFailure: null };
}

/** Connects, and sends the rows; repeats what a broker refuses as no longer the leader. */
export async function runAttempt(
  options: AttemptOptions,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, directory } = options;
  const topic = attempt.rows[0]?.topic ?? "";
  for (let tries = 1;; tries++) {
    const layout = await cluster.layoutOf(topic);
    if (!layout.ok) {
      attempt.topicFailure = layout.fault;
      return;
    }
    if (tries === 1) attempt.batches = splitRows(topic, attempt.rows, layout.value);
    if (!canSend(attempt.producer, attempt.batches)) {
      attempt.producer = withProducer(await requestProducerId(cluster, signal));
    }
    const open = attempt.batches.filter((batch) => {
      const answer = attempt.answers.get(batch);
      return answer === undefined || needsNewLayout(answer);
    });
    await produceToLeaders(options, attempt, layout.value, open);
    const moved = open.some((batch) => needsNewLayout(attempt.answers.get(batch)));
    if (!moved || tries >= LEADER_TRIES_MAX) return;
    directory.forget(topic);
    await SYSTEM_CLOCK.sleep(LEADER_DELAY_MS * tries, signal);
  }
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
  { cluster, timeoutMs, compression }: AttemptOptions,
  attempt: Attempt,
  leader: number,
  batches: readonly RowBatch[],
): Promise<void> {
  const connection = await cluster.toNode(leader);
  const { producer } = attempt.producer;
  if (producer === null) throw new Error("a send without a producer id");
  const partitions = batches.map((batch) => ({
    partition: batch.partition,
    firstSequence: firstSequence(attempt.producer, batch),
    records: batch.rows.map(toRecord),
  }));
  attempt.producer = sent(attempt.producer, batches);
  const results = await connection.produce({
    topic: batches[0]?.topic ?? "",
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

function noLeader({ answers }: Attempt, batches: readonly RowBatch[]): Promise<void> {
  const failure: SendFailure = {
    errorName: "LEADER_NOT_AVAILABLE",
    detail: "the partition has no leader at the moment",
  };
  for (const batch of batches) answers.set(batch, { failure, culprits: [] });
  return Promise.resolve();
}

function toRecord({ key, payload, createdAtMs }: StoredRow): OutgoingRecord {
  return { key, payload, timestampMs: createdAtMs };
}
