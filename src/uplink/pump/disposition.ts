/**
 * What to do with a batch that the far side did not take. Pure policy, kept
 * apart from the client that raised the error.
 *
 * Error names are those of the Kafka protocol (Apache Kafka, "Error Codes",
 * https://kafka.apache.org/protocol.html#protocol_error_codes) and our own
 * ({@linkcode SendFailure}).
 *
 * @module
 */

/** Whose sending a verdict is about: that of one topic, or all of it. */
export type Scope = "topic" | "uplink";

/** The fate of the rows in a failed batch. */
export type Verdict =
  /** Keep the rows and try the same batch again later. The default for the unknown. */
  | { readonly then: "retry"; readonly scope: Scope }
  /** Keep the rows and try again with half as many: no verdict came in time. */
  | { readonly then: "shrink"; readonly scope: "uplink" }
  /** Keep the rows; cut the batch in two and try the halves at once. */
  | { readonly then: "split" }
  /** Keep the rows, stop sending, and tell a person: only they can mend it. */
  | { readonly then: "hold"; readonly scope: Scope; readonly alarm: string }
  /** This one row can never be sent: move it to the dead letters. */
  | { readonly then: "bury"; readonly reason: string };

/** What is known of a failed batch. */
export interface FailedBatch {
  readonly errorName: string;
  readonly detail: string;
  readonly topic: string;
  readonly rows: number;
  /** `host:port` of a broker; null where there is none. */
  readonly brokerAddress: string | null;
  /** Rows of this topic buried since one was last taken. */
  readonly buriedInARow: number;
}

/**
 * So many rows buried one after the other means that the topic's rules are at
 * fault and not the rows: from then on the topic is held.
 */
export const BURIED_IN_A_ROW_MAX = 10;

/** The content of the batch, or of a row in it, is refused. */
const CONTENT: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
]);

/** The broker's reasons that only a person can mend, for one topic. */
const HOLD_TOPIC: Readonly<Record<string, (batch: FailedBatch) => string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: missingTopic,
  INVALID_TOPIC_EXCEPTION: ({ topic }) =>
    `The topic name ${topic} is not legal in Kafka: change [uplink.topics]`,
  TOPIC_AUTHORIZATION_FAILED: ({ topic }) =>
    `The broker denies write access to the topic ${topic}: grant WRITE and DESCRIBE on it`,
  INVALID_TIMESTAMP: ({ topic }) =>
    `The broker refuses the time stamps for the topic ${topic}: the gateway's clock and the broker's differ ` +
    "by more than message.timestamp.before.max.ms or message.timestamp.after.max.ms allow",
  POLICY_VIOLATION: ({ topic }) =>
    `A policy of the broker refuses records for the topic ${topic}`,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: ({ topic }) =>
    `The message format of the topic ${topic} is too old: raise log.message.format.version`,
  UNSUPPORTED_COMPRESSION_TYPE: ({ topic }) =>
    `The broker does not accept zstd for the topic ${topic}: it must be Kafka 2.1 or later`,
};

/** Reasons that only a person can mend, for the whole uplink. */
const HOLD_UPLINK: Readonly<Record<string, string>> = {
  CLUSTER_AUTHORIZATION_FAILED:
    "The broker denies access to the cluster: brokers before Kafka 2.8 want the right IDEMPOTENT_WRITE",
  SASL_AUTHENTICATION_FAILED: "The broker does not accept the credentials",
  UNSUPPORTED_SASL_MECHANISM: "The broker does not offer this SASL mechanism",
  ILLEGAL_SASL_STATE:
    "The broker did not expect this SASL exchange: check security_protocol and the port",
  SECURITY_DISABLED: "Security features are disabled at the broker",
  INVALID_REQUIRED_ACKS: "The broker does not accept acks=all",
  UNSUPPORTED_VERSION: "The broker's version does not fit this client",
  TLS_UNTRUSTED:
    "The broker's certificate is not trusted: check ca_file (it must hold the CA that signed it)",
  TLS_WRONG_NAME:
    "The broker's certificate is not for the host name in brokers: use a name that it holds",
  TLS_EXPIRED: "The broker's certificate is not valid now: check it, and both clocks",
  TLS_FAILURE:
    "TLS with the broker fails: check security_protocol, the port and the PEM files",
  DISK_FULL: "The disk is full: rows stay in the buffer until there is room",
  DISK_FAILURE: "The folder cannot be written: rows stay in the buffer until it can",
  SCHEMA_UNKNOWN: "The schema of a stored row is not known to the buffer",
};

/** Names of ours that say that the far side is away or silent. */
const AWAY: ReadonlySet<string> = new Set(["UNREACHABLE", "NETWORK_EXCEPTION"]);

/**
 * Decides by the error's name.
 *
 * Rows are given up only when they are alone in the batch and the broker says
 * that their content is at fault, never for a fault of network, rights or time.
 */
export function judge(batch: FailedBatch): Verdict {
  const { errorName, detail, rows } = batch;
  if (errorName === "TIMEOUT") return { then: "shrink", scope: "uplink" };
  if (AWAY.has(errorName)) return { then: "retry", scope: "uplink" };
  const forTopic = own(HOLD_TOPIC, errorName);
  if (forTopic !== undefined) {
    return { then: "hold", scope: "topic", alarm: forTopic(batch) };
  }
  const forAll = own(HOLD_UPLINK, errorName);
  if (forAll !== undefined) {
    return { then: "hold", scope: "uplink", alarm: `${forAll} (${detail})` };
  }
  if (!isRefusal(errorName)) return { then: "retry", scope: "topic" };
  if (rows > 1) return { then: "split" };
  if (batch.buriedInARow < BURIED_IN_A_ROW_MAX) {
    return { then: "bury", reason: errorName.toLowerCase() };
  }
  return {
    then: "hold",
    scope: "topic",
    alarm:
      `The broker refuses row after row for the topic ${batch.topic} (${detail}): check the topic's ` +
      "max.message.bytes, cleanup.policy and schema validation. Nothing more is set aside",
  };
}

/** True if the error is the broker's refusal of the rows themselves. */
export function isRefusal(errorName: string): boolean {
  return CONTENT.has(errorName);
}

function missingTopic({ topic, brokerAddress }: FailedBatch): string {
  const at = brokerAddress ?? "HOST:PORT";
  return `The topic ${topic} does not exist (or may not be described). Create it: ` +
    `kafka-topics.sh --bootstrap-server ${at} --create --topic ${topic}`;
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
