/**
 * What the files that speak to Kafka share: how it is reached, and who is told.
 *
 * @module
 */

/** How the agent reaches Kafka. Texts of PEM files, not paths. */
export interface KafkaOptions {
  /** `host:port`, one at least. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly securityProtocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  /** Certificate authorities (PEM) that the broker's certificate must come from. */
  readonly ca?: string;
  /** The client's certificate and key (PEM), for mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  readonly sasl?: KafkaSasl;
  /**
   * Silence from the broker that counts as a failure, in ms: for the answer to
   * a send, and for each step before it. Default 5000.
   */
  readonly messageTimeoutMs?: number;
}

/** Credentials. */
export interface KafkaSasl {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: string;
}

/** Told what the Kafka client says of itself. */
export type KafkaLog = (
  level: "debug" | "info" | "warning" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** Default of {@linkcode KafkaOptions.messageTimeoutMs}. */
export const MESSAGE_TIMEOUT_MS = 5_000;
