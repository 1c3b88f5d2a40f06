/**
 * Options of the Kafka client.
 *
 * @module
 */

/** How to connect to Kafka. PEM values are the contents of the files, not paths. */
export interface KafkaOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly securityProtocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Trusted certificate authorities (PEM). */
  readonly ca?: string;
  /** Client certificate and key (PEM) for mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  readonly sasl?: KafkaSasl;
  /**
   * Maximum time without a message from the broker, in ms: for the answer to a send,
   * and for each step before it. Default 5000.
   */
  readonly messageTimeoutMs?: number;
  /** Compression of batches. Default zstd. */
  readonly compression?: BatchCompression;
}

/** How batches are compressed. */
export type BatchCompression = "zstd" | "gzip" | "none";

/** SASL credentials. */
export interface KafkaSasl {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

/** Receives the log messages of the Kafka client. */
export type KafkaLog = (
  level: "debug" | "info" | "warning" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** Default of {@linkcode KafkaOptions.messageTimeoutMs}. */
export const MESSAGE_TIMEOUT_MS = 5_000;

/** Default of {@linkcode KafkaOptions.compression}. */
export const COMPRESSION: BatchCompression = "zstd";
