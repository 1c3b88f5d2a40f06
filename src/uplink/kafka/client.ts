/**
 * The one place that touches npm:kafkajs 2.2.4, with the cures for what it
 * does wrong. A client made here owns its sockets: {@linkcode
 * KafkaClient.abandon} ends it at once, whatever it waits for.
 *
 * @module
 */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import {
  CompressionCodecs,
  CompressionTypes,
  Kafka,
  type KafkaConfig,
  logLevel,
} from "kafkajs";
import RequestQueue from "npm:kafkajs@2.2.4/src/network/requestQueue/index.js";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { type KafkaLog, type KafkaOptions, MESSAGE_TIMEOUT_MS } from "./options.ts";

/** Kafka's port where `brokers` names none. */
const DEFAULT_PORT = 9092;
const KEEP_ALIVE_MS = 60_000;
/**
 * A connection with TLS may take so many message timeouts. One that does not
 * even come about is left sooner (kafka.ts): then the next of the list is tried.
 */
const CONNECT_TIMEOUTS = 2;
/** Api key of Produce, at byte 4 of a request (Kafka protocol guide, "Request header"). */
const PRODUCE = 0;
const API_KEY_AT = 4;

/** A client of kafkajs with its sockets. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /** Produce requests that have left since the client was made. */
  readonly produceCount: number;
  /** `monotonicMs` when a broker last said something (or was given rows); -Infinity = not yet. */
  readonly lastNewsMs: number;
  /** Ends every connection at once and refuses new ones. */
  abandon(): void;
}

cureTimerSpin();
addZstd();

/**
 * Makes a client; nothing is connected yet; throws if a PEM text is none. `turn` says which broker of the
 * list is asked first: kafkajs begins at the first one each time, so that of
 * three brokers with two dead ones the third would never be reached.
 */
export function createKafkaClient(
  options: KafkaOptions,
  turn: number,
  log: KafkaLog,
): KafkaClient {
  const sockets = new Set<Socket>();
  const seeds = options.brokers.map(parseBroker);
  const first = turn % Math.max(1, seeds.length);
  const secure = options.securityProtocol.endsWith("SSL");
  if (secure) checkPem(options);
  let abandoned = false;
  let produceCount = 0;
  let lastNewsMs = -Infinity;

  function news(): void {
    lastNewsMs = SYSTEM_CLOCK.monotonicMs();
  }

  function openSocket(
    host: string,
    port: number,
    onConnect: () => void,
  ): Socket {
    if (abandoned) throw new Error("the client was abandoned");
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
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    for (const event of ["connect", "secureConnect", "data"]) socket.on(event, news);
    const write = socket.write;
    socket.write = function (this: Socket, ...args: Parameters<typeof write>) {
      const [frame] = args;
      if (frame instanceof Uint8Array && isProduce(frame)) {
        produceCount++;
        news();
      }
      return write.apply(this, args);
    } as typeof write;
    return socket;
  }

  const config: KafkaConfig = {
    clientId: options.clientId,
    brokers: [...seeds.slice(first), ...seeds.slice(0, first)]
      .map(({ host, port }) => `${labelOf(host)}:${port}`),
    connectionTimeout: CONNECT_TIMEOUTS *
      (options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS),
    // Deadlines are ours (kafka.ts): kafkajs would look ten times a second.
    enforceRequestTimeout: false,
    // The defaults take 20 s to reject; 0 is refused with idempotence.
    retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 1_000 },
    socketFactory: ({ host, port, onConnect }) =>
      openSocket(hostOf(host), port, onConnect),
    logLevel: logLevel.WARN,
    logCreator: () => ({ namespace, level, log: { message, ...rest } }) =>
      log(levelOf(level), `${namespace}: ${message}`, {
        broker: rest["broker"],
        retryCount: rest["retryCount"],
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
    kafka: new Kafka(config),
    get produceCount() {
      return produceCount;
    },
    get lastNewsMs() {
      return lastNewsMs;
    },
    abandon() {
      abandoned = true;
      // With an error, so that kafkajs lets go of what waits on the socket.
      for (const socket of sockets) {
        socket.destroy(new Error("the client was abandoned"));
      }
      sockets.clear();
    },
  };
}

/** TLS takes a text without a certificate as "no certificates"; say what is wrong instead. */
function checkPem({ ca, cert, key }: KafkaOptions): void {
  for (const [name, text] of [["ca", ca], ["cert", cert]] as const) {
    if (text !== undefined && !text.includes("-----BEGIN CERTIFICATE-----")) {
      throw new Error(`the ${name} file holds no PEM certificate`);
    }
  }
  if (key !== undefined && !/-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(key)) {
    throw new Error("the key file holds no PEM private key that is not encrypted");
  }
}

/** `host:port`, `host`, `[v6]:port` or a bare IPv6 address. */
export function parseBroker(broker: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(broker.trim());
  if (match === null) return { host: broker.trim(), port: DEFAULT_PORT };
  const [, v6, host, port] = match;
  return { host: v6 ?? host ?? "", port: Number(port ?? DEFAULT_PORT) };
}

/** kafkajs cuts `host:port` at the first colon, which an IPv6 address does not survive. */
function labelOf(host: string): string {
  return isIP(host) === 6 ? `v6_${host.replaceAll(":", "_")}` : host;
}

function hostOf(label: string): string {
  return label.startsWith("v6_") ? label.slice(3).replaceAll("_", ":") : label;
}

function isProduce(frame: Uint8Array): boolean {
  if (frame.length < API_KEY_AT + 2) return false;
  return new DataView(frame.buffer, frame.byteOffset).getInt16(API_KEY_AT) === PRODUCE;
}

/** What kafkajs calls an error is one of many tries; the pump says what matters. */
function levelOf(level: logLevel): "debug" | "info" | "warning" {
  return level === logLevel.ERROR ? "info" : "debug";
}

/**
 * kafkajs 2.2.4 sets a timer for "pending" requests after every answer, also
 * when none is pending, with a time in the past: 1 ms timers for ever, and a
 * TimeoutNegativeWarning. Nothing pending needs no timer: whatever becomes
 * pending later asks for one itself (`push`).
 */
function cureTimerSpin(): void {
  const prototype: {
    scheduleCheckPendingRequests(this: { pending: readonly unknown[] }): void;
  } = RequestQueue.prototype;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/** kafkajs has no zstd; node:zlib's runs off the event loop. */
function addZstd(): void {
  const compress = promisify(zstdCompress);
  const decompress = promisify(zstdDecompress);
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Uint8Array }) => compress(buffer),
    decompress: (buffer: Uint8Array) => decompress(buffer),
  });
}
