/**
 * The interface of a destination for rows, implemented for Kafka and for files.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { StoredRow } from "../buffer/buffer.ts";

/** A destination for rows. Only one send may be in progress at a time. */
export interface Uplink {
  /** Name for logs and the status, without secrets: `kafka kafka1.example:9093`. */
  readonly name: string;
  /** A send without an answer fails after this, in ms; undefined if every send is answered. */
  readonly messageTimeoutMs?: number;
  /** Upper limit of the duration of a send with all its steps, in ms. */
  readonly sendLimitMs?: number;
  /**
   * Sends rows of one topic, in order. Resolves once they are durable at the
   * destination, or with the failure. Its duration is limited by the uplink's own
   * timeout. It rejects only if `signal` aborts; any other rejection is a bug.
   */
  send(rows: readonly StoredRow[], signal: AbortSignal): Promise<SendResult>;
  /**
   * Asks whether rows of these topics can be sent: one request for all of them, on a
   * connection of its own and within a limited time, also during a send. Returns the
   * failure of each topic (null = it can be sent to), or why the request failed. An
   * uplink without it needs no probe.
   */
  probe?(topics: readonly string[], signal: AbortSignal): Promise<ProbeResult>;
  /** Releases all resources within a limited time, also during a send. */
  close(): Promise<void>;
}

/** The result of a send. */
export type SendResult =
  | { readonly ok: true }
  | {
    readonly ok: false;
    /** The failure of all rows, or of the first part. */
    readonly failure: SendFailure;
    /** The rows that failed, by partition or schema; all others were delivered. Absent: all rows failed. */
    readonly parts?: readonly FailedPart[];
  };

/** The result of a probe. */
export type ProbeResult = Result<ReadonlyMap<string, SendFailure | null>, SendFailure>;

/** Rows of one partition, or of one schema, that were not delivered. */
export interface FailedPart {
  /** In the order of the send. */
  readonly rows: readonly StoredRow[];
  readonly failure: SendFailure;
  /** The rows that caused the failure, if the destination names them; otherwise empty. */
  readonly culprits: readonly StoredRow[];
}

/**
 * Errors of a partition after which its rows may be stored: the leader may have written
 * them before it lost its role or its disk while the replicas confirmed.
 */
export const MAY_BE_STORED: ReadonlySet<string> = new Set([
  "REQUEST_TIMED_OUT",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_LEADER_FOR_PARTITION",
  "KAFKA_STORAGE_ERROR",
  "NETWORK_EXCEPTION",
  "UNKNOWN",
]);

/** Why rows were not delivered. */
export interface SendFailure {
  /**
   * The broker's error name (`MESSAGE_TOO_LARGE`), or one of this program:
   * `UNREACHABLE` and `ADVERTISED_UNREACHABLE` (nothing was sent), `TIMEOUT` (no answer: the rows may have
   * arrived), `DISK_FULL`, `DISK_FAILURE`, `SCHEMA_UNKNOWN`, `TLS_*`.
   */
  readonly errorName: string;
  /** Message for people, without secrets. */
  readonly detail: string;
}

/** Error names whose details are complete messages. */
const SELF_EXPLANATORY: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "ADVERTISED_UNREACHABLE",
  "DISK_FULL",
  "DISK_FAILURE",
]);

/** The failure as one line for logs and the status: `NAME: detail`, or the detail alone. */
export function describeSendFailure(
  { errorName, detail }: Pick<SendFailure, "errorName" | "detail">,
): string {
  return SELF_EXPLANATORY.has(errorName) ? detail : `${errorName}: ${detail}`;
}
