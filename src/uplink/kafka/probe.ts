/**
 * Tries the way to Kafka step by step, for people: TCP, TLS, login,
 * topics, and whether a record would be taken. Nothing is left in a topic.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { bad, good, type Result } from "../../base/result.ts";
import { createKafkaClient, type KafkaClient } from "./client.ts";
import { nameFailure } from "./errors.ts";
import { type KafkaLog, type KafkaOptions, MESSAGE_TIMEOUT_MS } from "./options.ts";
import type { SendFailure } from "../uplink.ts";
import { orAbort } from "../pump/wait.ts";

/** What one step gave: what was found, or why it failed. */
export type StepResult = Result<string, SendFailure>;

/** What the broker says of a topic. */
export interface TopicProbe {
  readonly topic: string;
  /** `3 partitions`, or that it is not there. */
  readonly exists: StepResult;
  /**
   * The answer to one record that is larger than the topic takes: a refusal of
   * its size means that the writer is let in. Null = not tried, since the
   * topic's limit is not known, or too large to be tried.
   */
  readonly write: StepResult | null;
}

/** Records of up to this are sent to be refused, in bytes. */
const REFUSED_BYTES_MAX = 16 * 1024 ** 2;
/** How kafkajs numbers topics among what has settings. */
const TOPIC_RESOURCE = 2;
const NO_LOG: KafkaLog = () => {};

/** A TCP connection, made and closed. */
export async function probeTcp(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<StepResult> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MESSAGE_TIMEOUT_MS)]);
  const startMs = performance.now();
  try {
    (await Deno.connect({ hostname: host, port, signal: limit })).close();
    return good(`connected in ${(performance.now() - startMs).toFixed(0)} ms`);
  } catch (error) {
    const late = limit.aborted && !signal.aborted;
    const detail = late
      ? `no answer within ${MESSAGE_TIMEOUT_MS} ms`
      : messageOf(error);
    return bad({ errorName: "UNREACHABLE", detail });
  }
}

/** A TLS session by the configured certificates, made and closed. */
export async function probeTls(
  host: string,
  port: number,
  { ca, cert, key }: KafkaOptions,
  signal: AbortSignal,
): Promise<StepResult> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MESSAGE_TIMEOUT_MS)]);
  let conn: Deno.TlsConn | undefined;
  try {
    conn = await orAbort(
      Deno.connectTls({
        hostname: host,
        port,
        ...(ca !== undefined && { caCerts: [ca] }),
        ...(cert !== undefined && key !== undefined && { cert, key }),
      }),
      limit,
    );
    await orAbort(conn.handshake(), limit);
    return good(
      cert === undefined
        ? "its certificate is trusted"
        : "its certificate is trusted, ours was offered",
    );
  } catch (error) {
    if (limit.aborted) {
      return bad({
        errorName: "TLS_FAILURE",
        detail: `no answer within ${MESSAGE_TIMEOUT_MS} ms: is this a TLS port?`,
      });
    }
    const { errorName, detail } = nameFailure(error, { produced: false });
    // One that speaks no TLS hangs up at what it hears.
    return bad({
      errorName: errorName.startsWith("TLS_") ? errorName : "TLS_FAILURE",
      detail,
    });
  } finally {
    conn?.close();
  }
}

/** Connects as the agent does, with login and the right to write idempotently. */
export async function probeLogin(
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<StepResult> {
  return await withClient(options, signal, async ({ kafka }) => {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return options.sasl === undefined
      ? "no login is configured, and none is wanted"
      : `${options.sasl.mechanism} as ${options.sasl.username}`;
  });
}

/** Looks whether a topic is there, and whether a record would be taken. */
export async function probeTopic(
  options: KafkaOptions,
  topic: string,
  signal: AbortSignal,
): Promise<TopicProbe> {
  const exists = await withClient(options, signal, async ({ kafka }) => {
    const admin = kafka.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const count = topics[0]?.partitions.length ?? 0;
    return `${count} ${count === 1 ? "partition" : "partitions"}`;
  });
  if (!exists.ok) return { topic, exists, write: null };
  const limit = await sizeLimitOf(options, topic, signal);
  const write = limit === undefined || limit > REFUSED_BYTES_MAX
    ? null
    : await sendTooLarge(options, topic, limit, signal);
  return { topic, exists, write };
}

/** `max.message.bytes` of a topic; undefined if the broker does not say. */
async function sizeLimitOf(
  options: KafkaOptions,
  topic: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  let limit: number | undefined;
  await withClient(options, signal, async ({ kafka }) => {
    const admin = kafka.admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      resources: [{
        type: TOPIC_RESOURCE,
        name: topic,
        configNames: ["max.message.bytes"],
      }],
      includeSynonyms: false,
    });
    const value = Number(resources[0]?.configEntries[0]?.configValue);
    if (Number.isSafeInteger(value) && value > 0) limit = value;
    return "";
  });
  return limit;
}

/** One record that cannot be taken: the broker looks who writes before it looks how much. */
async function sendTooLarge(
  options: KafkaOptions,
  topic: string,
  limit: number,
  signal: AbortSignal,
): Promise<StepResult> {
  const sent = await withClient(options, signal, async ({ kafka }) => {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      retry: { retries: 0 },
    });
    await producer.connect();
    await producer.send({
      topic,
      acks: -1,
      messages: [{ value: Buffer.alloc(limit + 1) }],
    });
    return "";
  });
  if (sent.ok) {
    return bad({
      errorName: "TAKEN",
      detail: `a record of ${limit + 1} bytes was taken, though the limit is ${limit}`,
    });
  }
  const tooLarge = ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"];
  return tooLarge.includes(sent.fault.errorName)
    ? good(`may write; a record above ${limit} bytes is refused as it should be`)
    : sent;
}

/** Does something with a client of its own, within eight message timeouts. */
async function withClient(
  options: KafkaOptions,
  signal: AbortSignal,
  use: (client: KafkaClient) => Promise<string>,
): Promise<StepResult> {
  const limitMs = 8 * (options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let client: KafkaClient | undefined;
  try {
    client = createKafkaClient(options, 0, NO_LOG);
    return good(await orAbort(use(client), limit));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) {
      return bad({
        errorName: "UNREACHABLE",
        detail: `no answer within ${limitMs} ms`,
      });
    }
    return bad(nameFailure(error, { produced: false }));
  } finally {
    client?.abandon();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
