/**
 * The uplink to Apache Kafka: acks=all, idempotent, zstd, one send in flight.
 *
 * @module
 */

import type { Uplink } from "./uplink.ts";

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
  /** A send without a verdict counts as lost after this. Default 5000 ms. */
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

/** Makes an uplink; nothing is connected before the first send. */
export function createKafkaUplink(_options: KafkaOptions, _log: KafkaLog): Uplink {
  throw new Error("not yet");
}
