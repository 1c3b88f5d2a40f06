/**
 * The requests that the public API of npm:kafkajs 2.2.4 does not offer, with its encoders
 * and decoders: `broker_connection.ts` states why.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import Decoder from "npm:kafkajs@2.2.4/src/protocol/decoder.js";
import Encoder from "npm:kafkajs@2.2.4/src/protocol/encoder.js";
import { createErrorFromCode } from "npm:kafkajs@2.2.4/src/protocol/error.js";
import { requests } from "npm:kafkajs@2.2.4/src/protocol/requests/index.js";
import { batchCodecOf } from "./compression.ts";
import type { SendFailure } from "../uplink.ts";
import type { Metadata } from "./cluster/topic_layout.ts";
import type { ProducerId } from "./produce/producer_state.ts";
import { encodeBatch } from "./produce/record_batch.ts";
import type { PartitionResult, ProduceRequest } from "./produce/request.ts";
import {
  decodeProduceResponse,
  PRODUCE_VERSION,
  type RawPartitionResult,
} from "./produce/response.ts";

/** Api keys (Kafka protocol guide, "Api Keys"). */
const PRODUCE_KEY = 0;
const METADATA_KEY = 3;
const DESCRIBE_CONFIGS_KEY = 32;
/** acks=all. */
const ALL_REPLICAS = -1;
/** Estimate of the bytes of a Produce request beside its batches. */
const REQUEST_HEAD_BYTES = 512;
/** Resource type of topics in DescribeConfigs. */
const TOPIC_RESOURCE = 2;

/** A request with its response, as the connections of kafkajs expect it. */
interface Exchange {
  readonly request: object;
  readonly response: {
    decode(data: Uint8Array): Promise<object>;
    parse(decoded: object): Promise<object>;
  };
}

/** Creates an exchange in the newest version that kafkajs and the broker support. */
type Lookup = (key: number, definition: object) => (fields: object) => Exchange;

/** The class `Broker` of kafkajs, as far as it is used. */
export interface KafkajsBroker {
  readonly connectionPool: { send(exchange: object): Promise<object> };
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  readonly lookupRequest: Lookup;
  connect(): Promise<void>;
  isConnected(): boolean;
  initProducerId(options: { transactionTimeout: number }): Promise<ProducerId>;
}

/** A response to DescribeConfigs, as kafkajs decodes it. */
interface SettingsResponse {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly resourceName: string;
    readonly configEntries: readonly {
      readonly configName: string;
      readonly configValue: string | null;
    }[];
  }[];
}

/** The failure for an error code of the broker; null for 0. */
export function failureOfCode(code: number): SendFailure | null {
  if (code === 0) return null;
  const { type, message }: { type: string; message: string } = createErrorFromCode(
    code,
  );
  const known = type !== "KAFKAJS_UNKNOWN_ERROR_CODE";
  return { errorName: known ? type : `KAFKA_ERROR_${code}`, detail: message };
}

/** Layouts of topics; never creates one. */
export async function requestMetadata(
  broker: KafkajsBroker,
  topics: readonly string[],
): Promise<Metadata> {
  const create = broker.lookupRequest(METADATA_KEY, requests.Metadata);
  const { request, response } = create({ topics, allowAutoTopicCreation: false });
  const answer = await broker.connectionPool.send({
    request,
    response: { decode: response.decode, parse: unchanged },
  });
  return answer as Metadata;
}

/** Settings of topics by name, without those of topics that may not be read. */
export async function requestSettings(
  broker: KafkajsBroker,
  topics: readonly string[],
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const create = broker.lookupRequest(DESCRIBE_CONFIGS_KEY, requests.DescribeConfigs);
  const resources = topics.map((name) => ({
    type: TOPIC_RESOURCE,
    name,
    configNames: names,
  }));
  const { request, response } = create({ resources });
  const answer = await broker.connectionPool.send({
    request,
    response: { decode: response.decode, parse: unchanged },
  }) as SettingsResponse;
  return new Map(
    answer.resources.filter(({ errorCode }) => errorCode === 0)
      .map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(
          configEntries.map(({ configName, configValue }) => [
            configName,
            configValue ?? "",
          ]),
        ),
      ]),
  );
}

/**
 * Sends records; the result of each partition. kafkajs provides the version and the frame
 * of the request; the record batches are those of `produce/record_batch.ts`, which are
 * valid from version 3 on: every broker that assigns producer ids knows it.
 */
export async function produce(
  broker: KafkajsBroker,
  request: ProduceRequest,
): Promise<readonly PartitionResult[]> {
  const create = broker.lookupRequest(PRODUCE_KEY, requests.Produce);
  const { request: frame, response } = create({ acks: ALL_REPLICAS, topicData: [] });
  const encode = () => encodeProduce(request);
  // The request is the same as in version 7, the latest that kafkajs knows.
  const names = (broker.versions?.[PRODUCE_KEY]?.maxVersion ?? 0) >= PRODUCE_VERSION;
  const answer = await broker.connectionPool.send(
    names
      ? {
        request: { ...frame, encode, apiVersion: PRODUCE_VERSION },
        response: {
          decode: (data: Buffer) =>
            Promise.resolve(decodeProduceResponse(new Decoder(data))),
          parse: unchanged,
        },
      }
      : {
        request: { ...frame, encode },
        response: { decode: response.decode, parse: unchanged },
      },
  ) as {
    readonly topics: readonly { readonly partitions: readonly RawPartitionResult[] }[];
  };
  return answer.topics.flatMap(({ partitions }) => partitions).map(toPartitionResult);
}

/** The request by partition (Kafka protocol guide, "Produce Request (Version: 3)"). */
async function encodeProduce(
  { topic, partitions, producer, compression, timeoutMs }: ProduceRequest,
): Promise<Encoder> {
  const codec = batchCodecOf(compression);
  const batches = await Promise.all(
    partitions.map((partition) => encodeBatch(partition, producer, codec)),
  );
  const bytes = batches.reduce((sum, batch) => sum + batch.length, REQUEST_HEAD_BYTES);
  const encoder = new Encoder(bytes)
    .writeString(null) // transactional id
    .writeInt16(ALL_REPLICAS)
    .writeInt32(timeoutMs)
    .writeInt32(1) // topics
    .writeString(topic)
    .writeInt32(partitions.length);
  batches.forEach((batch, at) => {
    encoder.writeInt32(partitions[at]?.partition ?? 0)
      // A view, not a copy.
      .writeBytes(Buffer.from(batch.buffer, batch.byteOffset, batch.length));
  });
  return encoder;
}

function toPartitionResult(raw: RawPartitionResult): PartitionResult {
  const failure = failureOfCode(raw.errorCode);
  const detail = raw.errorMessage ?? failure?.detail ?? "";
  return {
    partition: raw.partition,
    failure: failure === null ? null : { ...failure, detail },
    culprits: raw.culprits ?? [],
  };
}

function unchanged(decoded: object): Promise<object> {
  return Promise.resolve(decoded);
}
