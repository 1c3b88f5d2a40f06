/**
 * Creates clients of npm:kafkajs 2.2.4, with workarounds for its bugs. A client owns
 * its sockets: {@linkcode KafkaClient.destroy} closes them at once.
 *
 * @module
 */

import { parseHostPort } from "../../base/network/address.ts";
import { type Kafka, type KafkaConfig, logLevel } from "kafkajs";
import { type BrokerConnection, createBrokerConnection } from "./broker_connection.ts";
import { type BrokerAddresses, createBrokerAddresses } from "./advertised.ts";
import { hostOfLabel, labelOfHost } from "./broker_label.ts";
import { describeClientLine } from "./client_log.ts";
import { NonCreatingKafka } from "./no_auto_creation.ts";
import { fixTimerLoop } from "./kafkajs_fixes.ts";
import {
  type KafkaLog,
  type KafkaOptions,
  type KafkaSasl,
  MESSAGE_TIMEOUT_MS,
} from "./options.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { createSockets, type Sockets } from "./sockets.ts";
import type { NodeAddress } from "./cluster/topic_layout.ts";

/** Port of brokers without a port. */
const DEFAULT_PORT = 9092;
/**
 * A connection with TLS may take this many message timeouts. Without any message
 * from the broker it is closed earlier (`silence.ts`), and the next broker of
 * the list is tried.
 */
const CONNECT_TIMEOUTS = 2;

/** A client of kafkajs with its sockets. */
export interface KafkaClient {
  /** The public API, for administration and tests; never causes the broker to create a topic. */
  readonly kafka: Kafka;
  /** The configured brokers, in the order in which they are tried. */
  readonly seeds: readonly NodeAddress[];
  /** `monotonicMs` of the last message from a broker or Produce request; -Infinity = none yet. */
  readonly lastActivityMs: number;
  /** The addresses that were tried. */
  readonly addresses: BrokerAddresses;
  /** A connection of this client that is not open yet. */
  connectionTo(address: NodeAddress): BrokerConnection;
  /** Closes every connection at once and prevents new ones. */
  destroy(): void;
}

fixTimerLoop();

/**
 * Creates a client without connecting it. `turn` selects the first broker to try:
 * a client that always began with the first of the list would never reach the third
 * of three brokers if the others are silent.
 *
 * @throws {Error} if a PEM value is invalid.
 */
export function createKafkaClient(
  options: KafkaOptions,
  turn: number,
  log: KafkaLog,
): KafkaClient {
  if (options.securityProtocol.endsWith("SSL")) checkPem(options);
  const all = options.brokers.map(parseBroker);
  const first = turn % Math.max(1, all.length);
  const seeds = [...all.slice(first), ...all.slice(0, first)];
  const addresses = createBrokerAddresses(all);
  const connectTimeoutMs = CONNECT_TIMEOUTS *
    (options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS);
  /** One group for each connection, so that each can be closed by itself. */
  const groups = new Set<Sockets>();
  let isDestroyed = false;
  let lastActivityMs = -Infinity;
  const createGroup = (): Sockets => {
    const group = createSockets(options, addresses, connectTimeoutMs, () => {
      lastActivityMs = SYSTEM_CLOCK.monotonicMs();
    });
    if (isDestroyed) group.destroy();
    else groups.add(group);
    return group;
  };
  const configWith = (sockets: Sockets): KafkaConfig => ({
    ...toConfig(options, seeds, sockets, log),
    connectionTimeout: connectTimeoutMs,
  });
  return {
    kafka: new NonCreatingKafka(configWith(createGroup())),
    seeds,
    addresses,
    get lastActivityMs() {
      return lastActivityMs;
    },
    connectionTo({ host, port }) {
      const group = createGroup();
      const close = () => {
        groups.delete(group);
        group.destroy();
      };
      return createBrokerConnection(configWith(group), labelOfHost(host), port, close);
    },
    destroy() {
      isDestroyed = true;
      for (const group of groups) group.destroy();
      groups.clear();
    },
  };
}

function toConfig(
  options: KafkaOptions,
  seeds: readonly NodeAddress[],
  sockets: Sockets,
  log: KafkaLog,
): KafkaConfig {
  return {
    clientId: options.clientId,
    brokers: seeds.map(({ host, port }) => `${labelOfHost(host)}:${port}`),
    // Deadlines are in silence.ts: kafkajs would poll ten times per second.
    enforceRequestTimeout: false,
    // The defaults take 20 s to fail; 0 is not allowed with idempotence.
    retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 1_000 },
    socketFactory: ({ host, port, onConnect }) =>
      sockets.open(hostOfLabel(host), port, onConnect),
    logLevel: logLevel.WARN,
    logCreator: () => ({ namespace, level, log: { message, broker, error } }) =>
      log(levelOf(level), describeClientLine({ namespace, message, broker, error }), {
        broker,
      }),
    ...(options.securityProtocol.endsWith("SSL") ? { ssl: true } : {}),
    ...(options.sasl === undefined ? {} : { sasl: toSasl(options.sasl) }),
  };
}

function toSasl(
  { mechanism, username, password }: KafkaSasl,
): NonNullable<KafkaConfig["sasl"]> {
  switch (mechanism) {
    case "PLAIN":
      return { mechanism: "plain", username, password };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", username, password };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", username, password };
    default:
      return mechanism satisfies never;
  }
}

/** Node treats a text without a certificate as "no certificates": report it instead. */
function checkPem({ ca, cert, key }: KafkaOptions): void {
  for (const [name, text] of [["ca", ca], ["cert", cert]] as const) {
    if (text !== undefined && !text.includes("-----BEGIN CERTIFICATE-----")) {
      throw new Error(`the ${name} file contains no PEM certificate`);
    }
  }
  if (key !== undefined && !/-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(key)) {
    throw new Error("the key file contains no unencrypted PEM private key");
  }
}

/** `host:port`, `host`, `[v6]:port` or a bare IPv6 address. */
export function parseBroker(broker: string): NodeAddress {
  const text = broker.trim();
  return parseHostPort(text, DEFAULT_PORT) ?? { host: text, port: DEFAULT_PORT };
}

/** An error of kafkajs is one failed attempt of many; the pump reports the result. */
function levelOf(level: logLevel): "debug" | "info" | "warning" {
  return level === logLevel.ERROR ? "info" : "debug";
}
