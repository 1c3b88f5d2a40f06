/**
 * Decides what to do with a batch that was not delivered. Pure.
 *
 * Error names are those of the Kafka protocol
 * (https://kafka.apache.org/protocol.html#protocol_error_codes) and those of this
 * program (`SendFailure` in `uplink.ts`).
 *
 * @module
 */

import { MAY_BE_STORED } from "../uplink.ts";

/**
 * What an action applies to: the streams of the failed rows, the topic, or the whole
 * uplink.
 */
export type Scope = "streams" | "topic" | "uplink";

/** What to do with the rows of a failed batch. */
export type FailureAction =
  /** Keep the rows and send the same batch again later. The default for unknown errors. */
  | { readonly kind: "retry"; readonly scope: Scope }
  /** Keep the rows; no answer arrived in time: send them again once, then half as many. */
  | { readonly kind: "shrink"; readonly scope: "uplink" }
  /** Keep the rows and send the two halves of the batch at once. */
  | { readonly kind: "split" }
  /** Keep the rows, stop sending, and raise an alarm: the operator must fix the cause. */
  | { readonly kind: "block"; readonly scope: Scope; readonly alarm: string }
  /** This single row can never be delivered: move it to the dead letters. */
  | { readonly kind: "deadLetter"; readonly reason: string };

/** A batch that was not delivered. */
export interface FailedBatch {
  readonly errorName: string;
  readonly detail: string;
  readonly topic: string;
  /** Number of rows that failed together. */
  readonly rows: number;
  /** `host:port` of a broker; null if the uplink has none. */
  readonly brokerAddress: string | null;
  /** Rows of this topic that were dead-lettered since its last delivery. */
  readonly deadLettersInARow: number;
}

/**
 * After this many consecutive dead letters the topic's configuration is at fault and
 * not the rows: the topic is blocked.
 */
export const DEAD_LETTERS_IN_A_ROW_MAX = 10;

/** The broker rejects the content of the batch, or of a row in it. */
const CONTENT: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
]);

/** Errors of single rows or partitions that the operator must fix, with the alarm. */
const STREAM_ALARMS: Readonly<Record<string, (batch: FailedBatch) => string>> = {
  INVALID_TIMESTAMP: ({ topic }) =>
    `Clock ahead: the broker rejects even the send time of records for topic ${topic}. ` +
    "Compare the clocks of gateway and broker with the topic's message.timestamp.after.max.ms; " +
    "only rows with such a time wait",
  POLICY_VIOLATION: ({ topic }) =>
    `A policy of the broker rejects records for topic ${topic}. Check the broker's policies`,
  SCHEMA_UNKNOWN: ({ topic, detail }) =>
    `The buffer does not contain the schema of a stored record of topic ${topic} (${detail}). ` +
    "Only the streams of such records wait. To delete them, stop the agent and run " +
    "sunspec-collector queue purge --older-than TIME; it announces what it deletes",
};

/** Errors of one topic that the operator must fix, with the alarm. */
const TOPIC_ALARMS: Readonly<Record<string, (batch: FailedBatch) => string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: missingTopic,
  INVALID_TOPIC_EXCEPTION: ({ topic }) =>
    `Topic name ${topic} is not valid in Kafka. Change [uplink.topics]`,
  TOPIC_AUTHORIZATION_FAILED: ({ topic }) =>
    `The broker denies access to topic ${topic}. Grant WRITE and DESCRIBE on it`,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: refusedCompression,
  UNSUPPORTED_COMPRESSION_TYPE: refusedCompression,
};

/** Errors of the whole uplink that the operator must fix, with the alarm. */
const UPLINK_ALARMS: Readonly<Record<string, string>> = {
  CLUSTER_AUTHORIZATION_FAILED:
    "The broker denies access to the cluster. Brokers before Kafka 2.8 require IDEMPOTENT_WRITE on it",
  SASL_AUTHENTICATION_FAILED:
    "The broker rejects the credentials. Check sasl_username and the password",
  UNSUPPORTED_SASL_MECHANISM:
    "The broker does not offer this SASL mechanism. Check sasl_mechanism",
  ILLEGAL_SASL_STATE:
    "The broker did not expect SASL authentication. Check security_protocol and the port",
  SECURITY_DISABLED:
    "Security features are disabled on the broker. Check security_protocol",
  INVALID_REQUIRED_ACKS: "The broker rejects acks=all",
  UNSUPPORTED_VERSION:
    "The broker does not support the protocol versions of this client. Check the version of the broker",
  TLS_UNTRUSTED:
    "The broker's certificate is not trusted: check ca_file (it must contain the CA that signed it)",
  TLS_WRONG_NAME:
    "The broker's certificate is not valid for the host name in brokers or in the broker's advertised.listeners. Use a name from the certificate",
  TLS_EXPIRED:
    "The broker's certificate has expired or is not valid yet. Check the certificate and both clocks",
  TLS_FAILURE:
    "The TLS handshake with the broker fails. Check security_protocol, the port and the PEM files",
  DISK_FULL: "The disk is full. Records stay in the buffer until there is free space",
  DISK_FAILURE:
    "Cannot write to the folder. Records stay in the buffer until it is writable",
};

/** The destination cannot be reached. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "ADVERTISED_UNREACHABLE",
  "NETWORK_EXCEPTION",
]);

/**
 * Decides by the name of the error.
 *
 * A row is dead-lettered only if it is alone in its batch and the broker rejects its
 * content, never because of an error of network, access rights or time.
 */
export function classifyFailure(batch: FailedBatch): FailureAction {
  const { errorName, detail, rows } = batch;
  if (errorName === "TIMEOUT") return { kind: "shrink", scope: "uplink" };
  if (UNREACHABLE.has(errorName)) return { kind: "retry", scope: "uplink" };
  const forStreams = own(STREAM_ALARMS, errorName);
  if (forStreams !== undefined) {
    return { kind: "block", scope: "streams", alarm: forStreams(batch) };
  }
  const forTopic = own(TOPIC_ALARMS, errorName);
  if (forTopic !== undefined) {
    return { kind: "block", scope: "topic", alarm: forTopic(batch) };
  }
  const forAll = own(UPLINK_ALARMS, errorName);
  if (forAll !== undefined) {
    return { kind: "block", scope: "uplink", alarm: `${forAll} (${detail})` };
  }
  if (!isContentRejection(errorName)) return { kind: "retry", scope: "streams" };
  if (rows > 1) return { kind: "split" };
  if (batch.deadLettersInARow < DEAD_LETTERS_IN_A_ROW_MAX) {
    return { kind: "deadLetter", reason: errorName.toLowerCase() };
  }
  return {
    kind: "block",
    scope: "topic",
    alarm:
      `The broker rejects every record for topic ${batch.topic} (${detail}). Check max.message.bytes, ` +
      "cleanup.policy and schema validation of the topic. No more records are dead-lettered",
  };
}

/** True if the broker rejects the content of the rows. */
export function isContentRejection(errorName: string): boolean {
  return CONTENT.has(errorName);
}

/** Error names after which no row of the batch can be at the destination. */
const CERTAIN: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "ADVERTISED_UNREACHABLE",
  "SCHEMA_UNKNOWN",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "INVALID_TOPIC_EXCEPTION",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
  "ILLEGAL_SASL_STATE",
  "SECURITY_DISABLED",
  "TLS_UNTRUSTED",
  "TLS_WRONG_NAME",
  "TLS_EXPIRED",
  "TLS_FAILURE",
]);

/** Error names of a partition after which its rows may be at the destination. */
const UNCERTAIN: ReadonlySet<string> = new Set(["TIMEOUT", ...MAY_BE_STORED]);

/**
 * True if none of the failed rows can have been delivered.
 *
 * @param isPart the destination gave this result for these rows alone
 */
export function isCertainlyUndelivered(errorName: string, isPart: boolean): boolean {
  return CERTAIN.has(errorName) || isPart && !UNCERTAIN.has(errorName);
}

function missingTopic({ topic, brokerAddress }: FailedBatch): string {
  const at = brokerAddress ?? "HOST:PORT";
  return `Topic ${topic} does not exist (or DESCRIBE on it is not granted). Create it: ` +
    `kafka-topics.sh --bootstrap-server ${at} --create --topic ${topic}`;
}

function refusedCompression({ topic, detail }: FailedBatch): string {
  return `The broker refuses the format of the records for topic ${topic} (${detail}). ` +
    'Set uplink.compression to "gzip" or "none": the broker may not support the compression in use. ' +
    'If it is "none" already, increase log.message.format.version of the topic';
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
