/**
 * The state of one send: its batches, the answers to them, and what is not answered.
 *
 * @module
 */

import type { Clock } from "../../../base/clock.ts";
import type { StoredRow } from "../../../buffer/buffer.ts";
import type { SendFailure } from "../../uplink.ts";
import type { Cluster, TopicDirectory } from "../cluster/cluster.ts";
import type { BatchCompression } from "../options.ts";
import {
  type BatchAnswer,
  isStored,
  isUnknown,
  reduceAnswers,
  type RowBatch,
} from "./outcome.ts";
import type { ProducerState } from "./producer_state.ts";

/** One send in progress. */
export interface Attempt {
  readonly rows: readonly StoredRow[];
  producer: ProducerState;
  /** Empty until the partitions are known. */
  batches: readonly RowBatch[];
  /** The latest answer; a batch that was sent again since has none. */
  readonly answers: Map<RowBatch, BatchAnswer>;
  /** The latest answer of each batch after which it may be stored. */
  readonly unknown: Map<RowBatch, BatchAnswer>;
  /** Sent in the current round; their answers are not part of `producer` yet. */
  readonly round: Set<RowBatch>;
  /** Sent, and not refused since; a broker may have stored them. */
  readonly mayBeStored: Set<RowBatch>;
  /** Node of the latest request of each batch. */
  readonly leaders: Map<RowBatch, number>;
  /** Why the latest request of a batch got no answer. */
  readonly errors: Map<RowBatch, unknown>;
  /** Nodes without an answer to their latest request. */
  readonly silentNodes: Set<number>;
  /** Requests to the leaders are in progress. */
  isProducing: boolean;
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
    unknown: new Map(),
    round: new Set(),
    mayBeStored: new Set(),
    leaders: new Map(),
    errors: new Map(),
    silentNodes: new Set(),
    isProducing: false,
    refusedTimes: new Set(),
    named: new Set(),
    topicFailure: null,
  };
}

/**
 * Adds the answers of the current round to the state of the producer. A batch that may
 * be stored since an earlier round keeps that answer: a refusal does not prove that it
 * is not stored. If it stays, the next send reports it.
 */
export function endRound(attempt: Attempt): void {
  const answerOf = (batch: RowBatch) => attempt.answers.get(batch);
  attempt.producer = reduceAnswers(attempt.producer, [...attempt.round], answerOf);
  for (const batch of attempt.round) {
    const answer = answerOf(batch);
    if (isUnknown(answer)) attempt.unknown.set(batch, answer);
    const earlier = attempt.unknown.get(batch);
    if (answer !== undefined && earlier !== undefined && !isStored(answer)) {
      attempt.answers.set(batch, earlier);
    }
  }
  attempt.round.clear();
}
