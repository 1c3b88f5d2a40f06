/**
 * The uplink to Apache Kafka: acks=all, idempotent, compressed, one send at a time.
 *
 * After any failure the producer and its client are replaced. Measured with kafkajs
 * 2.2.4: after a broker accepted a connection without answering, the client reports
 * "Broker not connected" forever; and an idempotent producer that sends a different
 * batch after a failed one reuses its sequence number, so the broker discards the new
 * rows as duplicates.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Partitioners, type Producer } from "kafkajs";
import { linkSignals } from "../../base/linked_signal.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import { createKafkaClient, type KafkaClient } from "./client.ts";
import { codecOf } from "./compression.ts";
import { explainCompressionRefusal } from "./compression_refusal.ts";
import { nameFailure } from "./errors.ts";
import {
  COMPRESSION,
  type KafkaLog,
  type KafkaOptions,
  MESSAGE_TIMEOUT_MS,
} from "./options.ts";
import type { SendFailure, SendResult, Uplink } from "../uplink.ts";
import { raceTasks } from "../pump/wait.ts";

/**
 * A send with all its steps (connections, TLS, SASL, metadata, retries of kafkajs) may
 * take this many message timeouts, as long as the broker sends something within each.
 */
const STEPS_MAX = 8;

/** Errors of a metadata request for several topics that any one of them can cause. */
const ABOUT_TOPICS: ReadonlySet<string> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "TOPIC_AUTHORIZATION_FAILED",
  "INVALID_TOPIC_EXCEPTION",
  "LEADER_NOT_AVAILABLE",
]);

/** A connected producer and its client. */
interface Connection {
  readonly client: KafkaClient;
  readonly producer: Producer;
  /** Topics that this client requests metadata for. */
  readonly topics: Set<string>;
}

/** Creates an uplink; the first send connects it. */
export function createKafkaUplink(options: KafkaOptions, log: KafkaLog): Uplink {
  const timeoutMs = options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS;
  const compression = options.compression ?? COMPRESSION;
  const closing = new AbortController();
  let connection: Connection | null = null;
  // Each new client starts with the next broker of the list.
  let turn = 0;

  function disconnect(): void {
    connection?.client.destroy();
    connection = null;
  }

  async function send(
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const topic = rows[0]?.topic;
    if (topic === undefined) return { ok: true };
    const before = connection;
    const produced = before?.client.produceCount;
    const result = await trySend(topic, rows, signal);
    if (result.ok || before === null) return result;
    // A client requests the metadata of all its topics together: one deleted topic
    // fails the others too. A new client requests this topic alone.
    const mayBeOtherTopic = before.topics.size > 1 &&
      before.client.produceCount === produced &&
      ABOUT_TOPICS.has(result.failure.errorName);
    return mayBeOtherTopic ? await trySend(topic, rows, signal) : result;
  }

  async function trySend(
    topic: string,
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (connection === null) {
      const opened = await open(signal);
      if ("errorName" in opened) return { ok: false, failure: opened };
      connection = opened;
    }
    const { client, producer, topics } = connection;
    const before = client.produceCount;
    topics.add(topic);
    const failure = await untilSilent(
      client,
      () =>
        producer.send({
          topic,
          acks: -1,
          timeout: timeoutMs,
          compression: codecOf(compression),
          messages: rows.map((row) => ({
            key: row.key,
            // A view, not a copy.
            value: Buffer.from(
              row.payload.buffer,
              row.payload.byteOffset,
              row.payload.length,
            ),
            timestamp: String(row.createdAtMs),
          })),
        }),
      signal,
      () => client.produceCount > before,
    );
    if (failure === null) return { ok: true };
    disconnect();
    const explained = client.addresses.explain(failure);
    return { ok: false, failure: explainCompressionRefusal(explained, compression) };
  }

  /** Connects a new producer. */
  async function open(signal: AbortSignal): Promise<Connection | SendFailure> {
    let client: KafkaClient;
    let producer: Producer;
    try {
      client = createKafkaClient(options, turn++, log);
      producer = client.kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        // murmur2 of the key, the default of the Java client.
        createPartitioner: Partitioners.DefaultPartitioner,
      });
    } catch (error) {
      return nameFailure(error, { produced: false });
    }
    connection = { client, producer, topics: new Set() };
    const opened = connection;
    const failure = await untilSilent(
      client,
      () => producer.connect(),
      signal,
      () => false,
    );
    if (failure === null) return opened;
    disconnect();
    return withHint(client.addresses.explain(failure), options);
  }

  /**
   * Runs `work` until the broker sends nothing for the message timeout; returns null,
   * or the failure. The timeout applies to each step and not to the whole: over a
   * satellite link the steps before a send take longer than the send.
   *
   * @throws the reason of `signal` or of `close()`; the client is closed then.
   */
  async function untilSilent(
    client: KafkaClient,
    work: () => Promise<unknown>,
    signal: AbortSignal,
    produced: () => boolean,
  ): Promise<SendFailure | null> {
    using linked = linkSignals([signal, closing.signal]);
    const either = linked.signal;
    const beganMs = SYSTEM_CLOCK.monotonicMs();
    const overMs = beganMs + timeoutMs * STEPS_MAX;
    const silence = async (stop: AbortSignal): Promise<void> => {
      for (;;) {
        const nowMs = SYSTEM_CLOCK.monotonicMs();
        const silentMs = Math.max(beganMs, client.lastActivityMs) + timeoutMs;
        const leftMs = Math.min(silentMs, overMs) - nowMs;
        if (leftMs <= 0) return;
        await SYSTEM_CLOCK.sleep(leftMs, stop);
      }
    };
    try {
      const first = await raceTasks([
        (stop) => Promise.race([work(), aborted(stop)]),
        silence,
      ], either);
      if (first === 0) return null;
    } catch (error) {
      if (either.aborted) {
        disconnect();
        throw either.reason;
      }
      return nameFailure(error, { produced: produced() });
    }
    return produced()
      ? {
        errorName: "TIMEOUT",
        detail: `no acknowledgement from the broker within ${timeoutMs} ms`,
      }
      : {
        errorName: "UNREACHABLE",
        detail: `no answer from the broker within ${timeoutMs} ms`,
      };
  }

  return {
    name: `kafka ${options.brokers.join(",")}`,
    messageTimeoutMs: timeoutMs,
    // Connect and send, and both again if the topic is requested alone.
    sendLimitMs: 4 * STEPS_MAX * timeoutMs,
    send,
    close() {
      closing.abort(new Error("the uplink is closed"));
      disconnect();
      return Promise.resolve();
    },
  };
}

/** A broker that closes the connection at once often expects another protocol on this port. */
function withHint(
  failure: SendFailure,
  { securityProtocol }: KafkaOptions,
): SendFailure {
  const { errorName, detail } = failure;
  if (
    errorName !== "UNREACHABLE" || !/closed|end of file|reset|ended/i.test(detail)
  ) return failure;
  const hint = `check that this is the port for ${securityProtocol}`;
  return { errorName, detail: `${detail} (${hint})` };
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
