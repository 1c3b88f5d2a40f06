/**
 * Encodes the records of a partition as a record batch (Kafka protocol guide, "Record
 * Batch", magic 2). Pure, apart from the compression that it is given.
 *
 * The encoder of kafkajs makes an object and several buffers for each record; this one
 * writes all records of a batch once, into one buffer. The bytes are the same.
 *
 * @module
 */

import { crc32c } from "./crc32c.ts";
import type { ProducerId } from "./producer_state.ts";
import type { OutgoingPartition, OutgoingRecord } from "./request.ts";

/** How the records of a batch are compressed. */
export interface BatchCodec {
  /** The lowest bits of the batch's attributes. */
  readonly attributes: number;
  /** Null = the records are not compressed. */
  readonly compress: ((records: Uint8Array) => Promise<Uint8Array>) | null;
}

const MAGIC = 2;
/** Positions of the fields of a batch; base offset and leader epoch are 0. */
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
/** The checksum covers the bytes from here on. */
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const FIRST_SEQUENCE_AT = 53;
const COUNT_AT = 57;
/** Bytes before the records. */
const HEAD_BYTES = 61;
/** The length is that of the bytes after the length field. */
const LENGTH_END = LENGTH_AT + 4;

/**
 * Upper limit of the bytes of a record beside key, payload and headers: its length (5),
 * attributes (1), timestamp (10), offset (5), the lengths of key and payload (10), and the
 * number of headers (5).
 */
const RECORD_BYTES_MAX = 36;
/** Upper limit of the lengths of name and value of a header. */
const HEADER_LENGTHS_MAX = 10;
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const CODE_UNIT_BYTES_MAX = 3;

const ENCODER = new TextEncoder();

/**
 * Encodes a batch.
 *
 * @param producer the sequence numbers of the batch are of this producer
 * @returns the batch, which no later call changes
 */
export async function encodeBatch(
  { records, firstSequence }: OutgoingPartition,
  producer: ProducerId,
  { attributes, compress }: BatchCodec,
): Promise<Uint8Array> {
  const times = timeRange(records);
  const written = writeRecords(records, times.firstMs);
  let batch = written;
  if (compress !== null) {
    const compressed = await compress(written.subarray(HEAD_BYTES));
    batch = new Uint8Array(HEAD_BYTES + compressed.length);
    batch.set(compressed, HEAD_BYTES);
  }
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  view.setInt32(LENGTH_AT, batch.length - LENGTH_END);
  view.setInt8(MAGIC_AT, MAGIC);
  view.setInt16(ATTRIBUTES_AT, attributes);
  view.setInt32(LAST_OFFSET_AT, records.length - 1);
  view.setBigInt64(FIRST_TIMESTAMP_AT, BigInt(times.firstMs));
  view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(times.lastMs));
  view.setBigInt64(PRODUCER_ID_AT, BigInt(producer.producerId));
  view.setInt16(PRODUCER_EPOCH_AT, producer.producerEpoch);
  view.setInt32(FIRST_SEQUENCE_AT, firstSequence);
  view.setInt32(COUNT_AT, records.length);
  view.setUint32(CRC_AT, crc32c(batch.subarray(ATTRIBUTES_AT)));
  return batch;
}

function timeRange(records: readonly OutgoingRecord[]) {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (const { timestampMs } of records) {
    firstMs = Math.min(firstMs, timestampMs);
    lastMs = Math.max(lastMs, timestampMs);
  }
  return { firstMs, lastMs };
}

/** Room for the head of the batch, then the records. */
function writeRecords(
  records: readonly OutgoingRecord[],
  firstMs: number,
): Uint8Array {
  let bytesMax = HEAD_BYTES;
  for (const record of records) bytesMax += recordBytesMax(record);
  const buffer = new Uint8Array(bytesMax);
  let at = HEAD_BYTES;
  for (let index = 0; index < records.length; index++) {
    const record = records[index];
    if (record !== undefined) at = writeRecord(buffer, at, record, index, firstMs);
  }
  return buffer.subarray(0, at);
}

function recordBytesMax({ key, payload, headers }: OutgoingRecord): number {
  let bytesMax = RECORD_BYTES_MAX + CODE_UNIT_BYTES_MAX * key.length + payload.length;
  if (headers === undefined) return bytesMax;
  for (const [name, value] of Object.entries(headers)) {
    bytesMax += HEADER_LENGTHS_MAX + CODE_UNIT_BYTES_MAX * (name.length + value.length);
  }
  return bytesMax;
}

/** Writes a record at `at`; returns the position after it. */
function writeRecord(
  buffer: Uint8Array,
  at: number,
  { key, payload, timestampMs, headers }: OutgoingRecord,
  index: number,
  firstMs: number,
): number {
  const timeDelta = timestampMs - firstMs;
  const keyBytes = utf8Bytes(key);
  const named = headers === undefined ? NO_HEADERS : Object.entries(headers);
  const bodyBytes = 1 + varintBytes(timeDelta) + varintBytes(index) +
    varintBytes(keyBytes) + keyBytes + varintBytes(payload.length) + payload.length +
    headersBytes(named);
  let next = writeVarint(buffer, at, bodyBytes);
  next++; // attributes: none
  next = writeVarint(buffer, next, timeDelta);
  next = writeVarint(buffer, next, index);
  next = writeText(buffer, next, key, keyBytes);
  next = writeVarint(buffer, next, payload.length);
  buffer.set(payload, next);
  next = writeVarint(buffer, next + payload.length, named.length);
  for (const [name, value] of named) {
    next = writeText(buffer, next, name, utf8Bytes(name));
    next = writeText(buffer, next, value, utf8Bytes(value));
  }
  return next;
}

type NamedTexts = readonly (readonly [name: string, value: string])[];
const NO_HEADERS: NamedTexts = [];

function headersBytes(headers: NamedTexts): number {
  let bytes = varintBytes(headers.length);
  for (const [name, value] of headers) {
    const nameBytes = utf8Bytes(name);
    const valueBytes = utf8Bytes(value);
    bytes += varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes;
  }
  return bytes;
}

/** Length in UTF-8. Keys and headers are short, and nearly always ASCII. */
function utf8Bytes(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) return ENCODER.encode(text).length;
  }
  return text.length;
}

/** Writes a text of `bytes` bytes in UTF-8, with its length before it. */
function writeText(
  buffer: Uint8Array,
  at: number,
  text: string,
  bytes: number,
): number {
  const from = writeVarint(buffer, at, bytes);
  if (bytes === text.length) {
    for (let index = 0; index < bytes; index++) {
      buffer[from + index] = text.charCodeAt(index);
    }
  } else {
    ENCODER.encodeInto(text, buffer.subarray(from));
  }
  return from + bytes;
}

/** Values of a byte of a variable-length number, whose highest bit states that more follow. */
const VARINT_VALUES = 128;

/** Bytes of a number from 0 on; its zigzag encoding is its double. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = 2 * value; left >= VARINT_VALUES; left /= VARINT_VALUES) bytes++;
  return bytes;
}

/** Writes a number from 0 on; a time can exceed 32 bits. */
function writeVarint(buffer: Uint8Array, at: number, value: number): number {
  let next = at;
  let left = 2 * value;
  for (; left >= VARINT_VALUES; left = Math.floor(left / VARINT_VALUES)) {
    buffer[next++] = left % VARINT_VALUES + VARINT_VALUES;
  }
  buffer[next++] = left;
  return next;
}
