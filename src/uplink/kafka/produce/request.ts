/**
 * A Produce request and its results by partition.
 *
 * @module
 */

import type { SendFailure } from "../../uplink.ts";
import type { BatchCompression } from "../options.ts";
import type { ProducerId } from "./producer_state.ts";

/** A record to send. */
export interface OutgoingRecord {
  readonly key: string;
  readonly payload: Uint8Array;
  /** ms since the Unix epoch. */
  readonly timestampMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The records of one partition, with the sequence number of the first one. */
export interface OutgoingPartition {
  readonly partition: number;
  readonly firstSequence: number;
  readonly records: readonly OutgoingRecord[];
}

/** A Produce request with acks=all for one topic. */
export interface ProduceRequest {
  readonly topic: string;
  readonly partitions: readonly OutgoingPartition[];
  readonly producer: ProducerId;
  readonly compression: BatchCompression;
  /** Maximum time for the replicas to acknowledge, in ms. */
  readonly timeoutMs: number;
}

/** The result of one partition of a Produce request. */
export interface PartitionResult {
  readonly partition: number;
  /** Null = the broker stored the records. */
  readonly failure: SendFailure | null;
  /** Indices of the records that caused the failure, if the broker names them. */
  readonly culprits: readonly number[];
}
