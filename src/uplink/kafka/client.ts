/**
 * Creates clients of npm:kafkajs 2.2.4, with workarounds for its bugs. A client owns
 * its sockets: {@linkcode KafkaClient.destroy} closes them at once.
 *
 * @module
 */

import { parseHostPort } from "../../base/network/address.ts";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Kafka, type KafkaConfig, logLevel } from "kafkajs";
import RequestQueue from "npm:kafkajs@2.2.4/src/network/requestQueue/index.js";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { type BrokerAddresses, createBrokerAddresses } from "./advertised.ts";
import { hostOfLabel, labelOfHost } from "./broker_label.ts";
import { describeClientLine } from "./client_log.ts";
import { NonCreatingKafka } from "./no_auto_creation.ts";
import { type KafkaLog, type KafkaOptions, MESSAGE_TIMEOUT_MS } from "./options.ts";

/** Port of brokers without a port. */
const DEFAULT_PORT = 9092;
const KEEP_ALIVE_MS = 60_000;
/**
 * A connection with TLS may take this many message timeouts. Without any message
 * from the broker it is closed earlier (`kafka_uplink.ts`), and the next broker of
 * the list is tried.
 */
const CONNECT_TIMEOUTS = 2;
/** Api key of Produce, at byte 4 of a request (Kafka protocol guide, "Request header"). */
const PRODUCE = 0;
const API_KEY_AT = 4;

/** A client of kafkajs with its sockets. */
export interface KafkaClient {
  /** Never causes the broker to create a topic. */
  readonly kafka: Kafka;
  /** Produce requests sent since the client was created. */
  readonly produceCount: number;
  /** `monotonicMs` of the last message from a broker or Produce request; -Infinity = none yet. */
  readonly lastActivityMs: number;
  /** The addresses that were tried. */
  readonly addresses: BrokerAddresses;
  /** Closes every connection at once and prevents new ones. */
  destroy(): void;
}

fixTimerLoop();

/**
 * Creates a client without connecting it. `turn` selects the first broker to try:
 * kafkajs always starts with the first of the list, and would never reach the third
 * of three brokers if the others are down.
 *
 * @throws {Error} if a PEM value is invalid.
 */
export function createKafkaClient(
  options: KafkaOptions,
  turn: number,
  log: KafkaLog,
): KafkaClient {
  const sockets = new Set<Socket>();
  const seeds = options.brokers.map(parseBroker);
  const addresses = createBrokerAddresses(seeds);
  const first = turn % Math.max(1, seeds.length);
  const secure = options.securityProtocol.endsWith("SSL");
  if (secure) checkPem(options);
  let destroyed = false;
  let produceCount = 0;
  let lastNewsMs = -Infinity;

  function noteActivity(): void {
    lastNewsMs = SYSTEM_CLOCK.monotonicMs();
  }

  function openSocket(
    host: string,
    port: number,
    onConnect: () => void,
  ): Socket {
    if (destroyed) throw new Error("the client was destroyed");
    const socket = secure
      ? connectTls({
        host,
        port,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(options.cert === undefined ? {} : { cert: options.cert }),
        ...(options.key === undefined ? {} : { key: options.key }),
        rejectUnauthorized: true,
      }, onConnect)
      : connectTcp({ host, port }, onConnect);
    addresses.tried({ host, port });
    socket.once("connect", () => addresses.reached({ host, port }));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    for (const event of ["connect", "secureConnect", "data"]) {
      socket.on(event, noteActivity);
    }
    const write = socket.write;
    socket.write = function (this: Socket, ...args: Parameters<typeof write>) {
      const [frame] = args;
      if (frame instanceof Uint8Array && isProduce(frame)) {
        produceCount++;
        noteActivity();
      }
      return write.apply(this, args);
    } as typeof write;
    return socket;
  }

  const config: KafkaConfig = {
    clientId: options.clientId,
    brokers: [...seeds.slice(first), ...seeds.slice(0, first)]
      .map(({ host, port }) => `${labelOfHost(host)}:${port}`),
    connectionTimeout: CONNECT_TIMEOUTS *
      (options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS),
    // Deadlines are in kafka_uplink.ts: kafkajs would poll ten times per second.
    enforceRequestTimeout: false,
    // The defaults take 20 s to fail; 0 is not allowed with idempotence.
    retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 1_000 },
    socketFactory: ({ host, port, onConnect }) =>
      openSocket(hostOfLabel(host), port, onConnect),
    logLevel: logLevel.WARN,
    logCreator: () => ({ namespace, level, log: { message, broker, error } }) =>
      log(levelOf(level), describeClientLine({ namespace, message, broker, error }), {
        broker,
      }),
  };
  if (secure) config.ssl = true;
  if (options.sasl !== undefined) {
    const { username, password } = options.sasl;
    const credentials = { username, password };
    switch (options.sasl.mechanism) {
      case "PLAIN":
        config.sasl = { mechanism: "plain", ...credentials };
        break;
      case "SCRAM-SHA-256":
        config.sasl = { mechanism: "scram-sha-256", ...credentials };
        break;
      case "SCRAM-SHA-512":
        config.sasl = { mechanism: "scram-sha-512", ...credentials };
        break;
      default:
        options.sasl.mechanism satisfies never;
    }
  }
  return {
    kafka: new NonCreatingKafka(config),
    addresses,
    get produceCount() {
      return produceCount;
    },
    get lastActivityMs() {
      return lastNewsMs;
    },
    destroy() {
      destroyed = true;
      // The error makes kafkajs reject the requests that wait on the socket.
      for (const socket of sockets) {
        socket.destroy(new Error("the client was destroyed"));
      }
      sockets.clear();
    },
  };
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
export function parseBroker(broker: string): { host: string; port: number } {
  const text = broker.trim();
  return parseHostPort(text, DEFAULT_PORT) ?? { host: text, port: DEFAULT_PORT };
}

function isProduce(frame: Uint8Array): boolean {
  if (frame.length < API_KEY_AT + 2) return false;
  return new DataView(frame.buffer, frame.byteOffset).getInt16(API_KEY_AT) === PRODUCE;
}

/** An error of kafkajs is one failed attempt of many; the pump reports the result. */
function levelOf(level: logLevel): "debug" | "info" | "warning" {
  return level === logLevel.ERROR ? "info" : "debug";
}

/**
 * Prevents a timer loop of kafkajs 2.2.4: after every response it sets a timer for
 * pending requests, even if there are none, with a time in the past. The result is a
 * 1 ms timer forever and a TimeoutNegativeWarning. Without pending requests no timer
 * is needed: `push` sets one for later requests.
 */
function fixTimerLoop(): void {
  const prototype: {
    scheduleCheckPendingRequests(this: { pending: readonly unknown[] }): void;
  } = RequestQueue.prototype;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
