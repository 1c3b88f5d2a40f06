/**
 * Decodes the response to a Produce request in version 8, which kafkajs does not know:
 * it names the records that caused a refusal (KIP-467). Kafka 2.4 and later. Pure.
 *
 * @module
 */

/** The version that {@linkcode decodeProduceResponse} decodes. */
export const PRODUCE_VERSION = 8;

/** The result of one partition, as it is in the response. */
export interface RawPartitionResult {
  readonly partition: number;
  readonly errorCode: number;
  /** Indices in the record batch; absent in older versions. */
  readonly culprits?: readonly number[];
  readonly errorMessage?: string | null;
}

/** The decoder of kafkajs, as far as it is used. */
export interface ResponseDecoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): unknown;
  readString(): string | null;
  readArray<T>(read: () => T): T[];
}

/** The response by topic (Kafka protocol guide, "Produce Response (Version: 8)"). */
export function decodeProduceResponse(decoder: ResponseDecoder): {
  readonly topics: readonly {
    readonly topic: string | null;
    readonly partitions: readonly RawPartitionResult[];
  }[];
  /** ms that the client must wait; the connection obeys it. */
  readonly clientSideThrottleTime: number;
} {
  const topics = decoder.readArray(() => ({
    topic: decoder.readString(),
    partitions: decoder.readArray(() => decodePartition(decoder)),
  }));
  return { topics, clientSideThrottleTime: decoder.readInt32() };
}

function decodePartition(decoder: ResponseDecoder): RawPartitionResult {
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  decoder.readInt64(); // base offset
  decoder.readInt64(); // log append time
  decoder.readInt64(); // log start offset
  const culprits = decoder.readArray(() => {
    const index = decoder.readInt32();
    decoder.readString(); // message
    return index;
  });
  return { partition, errorCode, culprits, errorMessage: decoder.readString() };
}
