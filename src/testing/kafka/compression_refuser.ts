/**
 * A front of a broker that refuses compressed batches, as brokers without a codec do:
 * it answers such a Produce request itself and forwards everything else.
 *
 * @module
 */

import type { Front } from "./kafka.ts";
import {
  apiKeyOf,
  apiVersionOf,
  correlationIdOf,
  type KafkaRequest,
  readBody,
  startRequestFront,
} from "./request_front.ts";

/** Errors that brokers use (https://kafka.apache.org/protocol.html#protocol_error_codes). */
export const UNSUPPORTED_FOR_MESSAGE_FORMAT = 43;
export const UNSUPPORTED_COMPRESSION_TYPE = 76;

const PRODUCE = 0;
/** Offset of the attributes in a record batch, whose lowest three bits are the codec. */
const ATTRIBUTES_AT = 21;
const CODEC_MASK = 0x07;
/** -1 as 64-bit integer. */
const UNKNOWN: readonly number[] = new Array(8).fill(0xff);

/** The front. */
export interface CompressionRefuser extends Front {
  /** Error code of the answers. */
  errorCode: number;
  /** Codecs of the batches that were refused. */
  readonly refused: readonly number[];
}

/** Starts a front of the listener `127.0.0.1:target`. */
export function startCompressionRefuser(target: number): CompressionRefuser {
  const refused: number[] = [];
  const front = startRequestFront(target, (request) => {
    const partitions = apiKeyOf(request) === PRODUCE ? partitionsOf(request) : [];
    if (partitions.every(({ codec }) => codec === 0)) return undefined;
    refused.push(...partitions.map(({ codec }) => codec));
    return refusal(request, partitions, refuser.errorCode);
  });
  const refuser = { ...front, errorCode: UNSUPPORTED_COMPRESSION_TYPE, refused };
  return refuser;
}

/** A partition of a Produce request. */
interface Partition {
  readonly topic: string;
  readonly index: number;
  /** Number of the codec of its batch; 0 = not compressed. */
  readonly codec: number;
}

/** The partitions of a Produce request, version 3 to 8. */
function partitionsOf(request: KafkaRequest): Partition[] {
  const partitions: Partition[] = [];
  const body = readBody(request);
  body.text(); // transactional id
  body.skip(2 + 4); // acks, timeout
  for (let topics = body.int32(); topics > 0; topics--) {
    const topic = body.text();
    for (let count = body.int32(); count > 0; count--) {
      const index = body.int32();
      const size = body.int32();
      const codec = request.getInt16(body.at + ATTRIBUTES_AT) & CODEC_MASK;
      partitions.push({ topic, index, codec });
      body.skip(size);
    }
  }
  return partitions;
}

/** The response, version 5 to 8, that refuses all partitions of a request. */
function refusal(
  request: KafkaRequest,
  partitions: readonly Partition[],
  errorCode: number,
): Uint8Array {
  const bytes: number[] = [];
  const int = (value: number, size: number): void => {
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      bytes.push((value >> shift) & 0xff);
    }
  };
  int(correlationIdOf(request), 4);
  // One topic entry for each partition: the protocol allows a repeated topic.
  int(partitions.length, 4);
  for (const { topic, index } of partitions) {
    int(topic.length, 2);
    bytes.push(...new TextEncoder().encode(topic));
    int(1, 4);
    int(index, 4);
    int(errorCode, 2);
    bytes.push(...UNKNOWN, ...UNKNOWN, ...UNKNOWN); // offset, time, start offset
    if (apiVersionOf(request) >= 8) {
      int(0, 4); // errors of single records
      int(-1, 2); // message
    }
  }
  int(0, 4); // throttle time
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setInt32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}
