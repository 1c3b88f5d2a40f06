/**
 * Tests a cluster step by step for `doctor`: authentication, advertised addresses,
 * topics, and write access. No record is stored.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { formatAddress, type HostPort } from "../../../base/network/address.ts";
import { limitSignal } from "../../../base/linked_signal.ts";
import { SYSTEM_CLOCK } from "../../../platform/system_clock.ts";
import { bad, good } from "../../../base/result.ts";
import { ADVERTISED_UNREACHABLE, describeAdvertised } from "../advertised.ts";
import { createKafkaClient, type KafkaClient } from "../client.ts";
import { codecOf } from "../compression.ts";
import { explainCompressionRefusal } from "../compression_refusal.ts";
import { nameFailure } from "../errors.ts";
import {
  COMPRESSION,
  type KafkaLog,
  type KafkaOptions,
  MESSAGE_TIMEOUT_MS,
} from "../options.ts";
import { probeTcp, type StepResult } from "./connection.ts";
import { orAbort } from "../../pump/wait.ts";

/** The state of a topic. */
export interface TopicProbe {
  readonly topic: string;
  /** `3 partitions`, or the failure if it does not exist. */
  readonly exists: StepResult;
  /**
   * The result of sending one record above the size limit of the topic: a rejection
   * because of the size means that write access is granted. Null = not tested, since
   * the limit is unknown or too large.
   */
  readonly write: StepResult | null;
}

/** Largest size limit that is tested, in bytes. */
const REFUSED_BYTES_MAX = 16 * 1024 ** 2;
/** Maximum number of bytes that one call of `getRandomValues` accepts. */
const RANDOM_BYTES_MAX = 65_536;
/** Maximum number of brokers of a cluster whose addresses are tried. */
const ADVERTISED_MAX = 64;
/** Resource type of topics in DescribeConfigs. */
const TOPIC_RESOURCE = 2;
const NO_LOG: KafkaLog = () => {};

/** Connects as the agent does, with authentication and an idempotent producer. */
export async function probeLogin(
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<StepResult> {
  return await withClient(options, signal, async ({ kafka }) => {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return options.sasl === undefined
      ? "none configured, none required"
      : `${options.sasl.mechanism} as ${options.sasl.username}`;
  });
}

/** Opens and closes a TCP connection to each broker of the cluster, as they advertise themselves. */
export async function probeAdvertised(
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<StepResult> {
  let advertised: readonly HostPort[] = [];
  const described = await withClient(options, signal, async ({ kafka }) => {
    const admin = kafka.admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    advertised = brokers.slice(0, ADVERTISED_MAX);
    return advertised.map(({ host, port }) => formatAddress(host, port)).join(", ");
  });
  if (!described.ok) return described;
  const [broker = ""] = options.brokers;
  const probes = await Promise.all(advertised.map(async ({ host, port }) => ({
    address: formatAddress(host, port),
    reached: await probeTcp(host, port, signal),
  })));
  for (const { address, reached } of probes) {
    if (reached.ok) continue;
    const detail = describeAdvertised(address, broker, reached.fault.detail);
    return bad({ errorName: ADVERTISED_UNREACHABLE, detail });
  }
  return described;
}

/** Tests whether a topic exists and whether write access to it is granted. */
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

/** `max.message.bytes` of a topic; undefined if the broker does not return it. */
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

/**
 * Sends a record that is too large, with the agent's compression: the broker checks
 * access and compression before the size.
 */
async function sendTooLarge(
  options: KafkaOptions,
  topic: string,
  limit: number,
  signal: AbortSignal,
): Promise<StepResult> {
  const compression = options.compression ?? COMPRESSION;
  const sent = await withClient(options, signal, async ({ kafka }) => {
    const producer = kafka.producer({ retry: { retries: 0 } });
    await producer.connect();
    await producer.send({
      topic,
      acks: -1,
      compression: codecOf(compression),
      messages: [{ value: incompressible(limit + 1) }],
    });
    return "";
  });
  if (sent.ok) {
    return bad({
      errorName: "ACCEPTED",
      detail: `the broker accepted a record of ${
        limit + 1
      } bytes, although the limit is ${limit}`,
    });
  }
  const tooLarge = ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"];
  return tooLarge.includes(sent.fault.errorName)
    ? good(
      `write access granted (a record above the limit of ${limit} bytes is rejected)`,
    )
    : bad(explainCompressionRefusal(sent.fault, compression));
}

/** Bytes that no compression makes smaller. */
function incompressible(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += RANDOM_BYTES_MAX) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_MAX));
  }
  return bytes;
}

/** Runs `use` with a new client, within eight message timeouts. */
async function withClient(
  options: KafkaOptions,
  signal: AbortSignal,
  use: (client: KafkaClient) => Promise<string>,
): Promise<StepResult> {
  const limitMs = 8 * (options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS);
  using limited = limitSignal(signal, SYSTEM_CLOCK, limitMs);
  const limit = limited.signal;
  let client: KafkaClient | undefined;
  try {
    client = createKafkaClient(options, 0, NO_LOG);
    return good(await orAbort(use(client), limit));
  } catch (error) {
    signal.throwIfAborted();
    const failure = limit.aborted
      ? {
        errorName: "UNREACHABLE",
        detail: `no answer from the broker within ${limitMs} ms`,
      }
      : nameFailure(error, { produced: false });
    return bad(client?.addresses.explain(failure) ?? failure);
  } finally {
    client?.destroy();
  }
}
