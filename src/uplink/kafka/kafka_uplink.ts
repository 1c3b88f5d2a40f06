/**
 * The uplink to Apache Kafka: acks=all, idempotent, zstd, one send in flight.
 *
 * After any failure the producer and its client are thrown away. Measured of
 * kafkajs 2.2.4: a broker that accepted and answered nothing leaves a client
 * that says "Broker not connected" for ever, and an idempotent producer that
 * sends another batch after a failed one uses the same sequence again, so that
 * the broker takes the new rows for a duplicate and drops them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { CompressionTypes, Partitioners, type Producer } from "kafkajs";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import { createKafkaClient, type KafkaClient } from "./client.ts";
import { nameFailure } from "./errors.ts";
import { type KafkaLog, type KafkaOptions, MESSAGE_TIMEOUT_MS } from "./options.ts";
import type { SendFailure, SendResult, Uplink } from "../uplink.ts";
import { firstOf } from "../pump/wait.ts";

/**
 * A send with all its steps (connections, TLS, SASL, metadata, tries of kafkajs) may take
 * this many message timeouts, if the broker says something within each of them.
 */
const STEPS_MAX = 8;

/** What a broker answers to a question about several topics, for any one of them. */
const ABOUT_TOPICS: ReadonlySet<string> = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "TOPIC_AUTHORIZATION_FAILED",
  "INVALID_TOPIC_EXCEPTION",
  "LEADER_NOT_AVAILABLE",
]);

/** A producer, connected, and what it lives on. */
interface Session {
  readonly client: KafkaClient;
  readonly producer: Producer;
  /** Topics that this client has asked the broker about. */
  readonly topics: Set<string>;
}

/** Makes an uplink; nothing is connected before the first send. */
export function createKafkaUplink(options: KafkaOptions, log: KafkaLog): Uplink {
  const timeoutMs = options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS;
  const closing = new AbortController();
  let session: Session | null = null;
  // The list is walked on from one client to the next.
  let turn = 0;

  function giveUp(): void {
    session?.client.abandon();
    session = null;
  }

  async function send(
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const topic = rows[0]?.topic;
    if (topic === undefined) return { ok: true };
    const before = session;
    const produced = before?.client.produceCount;
    const result = await trySend(topic, rows, signal);
    if (result.ok || before === null) return result;
    // A client asks about all its topics together: one that was deleted (or has
    // no leader) fails the others too. Alone, this topic's own answer comes.
    const entangled = before.topics.size > 1 &&
      before.client.produceCount === produced &&
      ABOUT_TOPICS.has(result.failure.errorName);
    return entangled ? await trySend(topic, rows, signal) : result;
  }

  async function trySend(
    topic: string,
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (session === null) {
      const opened = await open(signal);
      if ("errorName" in opened) return { ok: false, failure: opened };
      session = opened;
    }
    const { client, producer, topics } = session;
    const before = client.produceCount;
    topics.add(topic);
    const failure = await untilSilent(
      client,
      () =>
        producer.send({
          topic,
          acks: -1,
          timeout: timeoutMs,
          compression: CompressionTypes.ZSTD,
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
    giveUp();
    return { ok: false, failure };
  }

  /** Connects a fresh producer, or says why not. */
  async function open(signal: AbortSignal): Promise<Session | SendFailure> {
    let client: KafkaClient;
    let producer: Producer;
    try {
      client = createKafkaClient(options, turn++, log);
      producer = client.kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        // murmur2 of the key, as the Java client's default.
        createPartitioner: Partitioners.DefaultPartitioner,
      });
    } catch (error) {
      return nameFailure(error, { produced: false });
    }
    session = { client, producer, topics: new Set() };
    const opened = session;
    const failure = await untilSilent(
      client,
      () => producer.connect(),
      signal,
      () => false,
    );
    if (failure === null) return opened;
    giveUp();
    return withHint(failure, options);
  }

  /**
   * Null if `work` is done, else the failure: the broker was silent for the
   * message timeout. Not the whole is bounded by that but each step: over a
   * satellite the steps before a send take longer than the send.
   * An abort throws, and ends the client.
   */
  async function untilSilent(
    client: KafkaClient,
    work: () => Promise<unknown>,
    signal: AbortSignal,
    produced: () => boolean,
  ): Promise<SendFailure | null> {
    const either = AbortSignal.any([signal, closing.signal]);
    const beganMs = SYSTEM_CLOCK.monotonicMs();
    const overMs = beganMs + timeoutMs * STEPS_MAX;
    const silence = async (stop: AbortSignal): Promise<void> => {
      for (;;) {
        const nowMs = SYSTEM_CLOCK.monotonicMs();
        const silentMs = Math.max(beganMs, client.lastNewsMs) + timeoutMs;
        const leftMs = Math.min(silentMs, overMs) - nowMs;
        if (leftMs <= 0) return;
        await SYSTEM_CLOCK.sleep(leftMs, stop);
      }
    };
    try {
      const first = await firstOf([
        (stop) => Promise.race([work(), aborted(stop)]),
        silence,
      ], either);
      if (first === 0) return null;
    } catch (error) {
      if (either.aborted) {
        giveUp();
        throw either.reason;
      }
      return nameFailure(error, { produced: produced() });
    }
    return produced()
      ? { errorName: "TIMEOUT", detail: `no verdict within ${timeoutMs} ms` }
      : { errorName: "UNREACHABLE", detail: `no answer within ${timeoutMs} ms` };
  }

  return {
    name: `kafka ${options.brokers.join(",")}`,
    messageTimeoutMs: timeoutMs,
    // To connect, and to send; once more where a topic is asked about alone.
    sendLimitMs: 4 * STEPS_MAX * timeoutMs,
    send,
    close() {
      closing.abort(new Error("the uplink is closed"));
      giveUp();
      return Promise.resolve();
    },
  };
}

/** A broker that hangs up at once often speaks another protocol at this port. */
function withHint(
  failure: SendFailure,
  { securityProtocol }: KafkaOptions,
): SendFailure {
  const { errorName, detail } = failure;
  if (
    errorName !== "UNREACHABLE" || !/closed|end of file|reset|ended/i.test(detail)
  ) return failure;
  const hint = `it hung up at once: is this the port for ${securityProtocol}?`;
  return { errorName, detail: `${detail} (${hint})` };
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
