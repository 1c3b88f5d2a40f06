/**
 * Reads and writes the heads and blocks of Avro object container files (Apache Avro
 * 1.11 specification, "Object Container Files"), and splits single-object encodings
 * ("Single-object encoding"). Pure.
 *
 * @module
 */

import { zigzagDecode, zigzagEncode } from "../../base/zigzag.ts";

/** Length of a sync marker, in bytes. */
export const SYNC_SIZE = 16;

/** Maximum size of a block's head, in bytes: two longs of up to 10 bytes. */
export const BLOCK_HEAD_MAX = 20;

const MAGIC = new Uint8Array([0x4f, 0x62, 0x6a, 0x01]);
const SINGLE_OBJECT = [0xc3, 0x01] as const;
const FINGERPRINT_SIZE = 8;
const BODY_AT = SINGLE_OBJECT.length + FINGERPRINT_SIZE;
/** More metadata entries than this in a header are treated as damage. */
const META_ENTRIES_MAX = 1_000;

/** The parts of a single-object encoding. */
export interface SingleObject {
  /** 16 hex digits, lower case, in byte order. */
  readonly fingerprint: string;
  readonly body: Uint8Array;
}

/** Splits a single-object encoding; undefined if the payload is not one. */
export function readSingleObject(payload: Uint8Array): SingleObject | undefined {
  if (payload.length < BODY_AT) return undefined;
  if (payload[0] !== SINGLE_OBJECT[0] || payload[1] !== SINGLE_OBJECT[1]) {
    return undefined;
  }
  const fingerprint = payload.subarray(SINGLE_OBJECT.length, BODY_AT).toHex();
  return { fingerprint, body: payload.subarray(BODY_AT) };
}

/** The records of one schema, in order. */
export interface SchemaRun {
  readonly fingerprint: string;
  readonly bodies: Uint8Array[];
}

/** Groups the records of payloads by schema, in order; undefined if a payload is not a single-object encoding. */
export function groupBySchema(
  payloads: readonly Uint8Array[],
): SchemaRun[] | undefined {
  const runs = new Map<string, SchemaRun>();
  for (const payload of payloads) {
    const parts = readSingleObject(payload);
    if (parts === undefined) return undefined;
    const run = runs.get(parts.fingerprint) ??
      { fingerprint: parts.fingerprint, bodies: [] };
    runs.set(parts.fingerprint, run);
    run.bodies.push(parts.body);
  }
  return [...runs.values()];
}

/** The head of a file: magic, schema, codec `deflate`, sync marker. */
export function writeFileHead(schemaText: string, sync: Uint8Array): Uint8Array {
  const text = new TextEncoder();
  const entries = [["avro.schema", schemaText], ["avro.codec", "deflate"]] as const;
  return concatBytes([
    MAGIC,
    writeLong(entries.length),
    ...entries.flatMap(([key, value]) =>
      [key, value].flatMap((word) => {
        const bytes = text.encode(word);
        return [writeLong(bytes.length), bytes];
      })
    ),
    writeLong(0),
    sync,
  ]);
}

/** A block of `count` records; `data` is their concatenated and deflated encoding. */
export function writeBlock(
  count: number,
  data: Uint8Array,
  sync: Uint8Array,
): Uint8Array {
  return concatBytes([writeLong(count), writeLong(data.length), data, sync]);
}

/** The result of parsing the start of some bytes. */
export type ParseResult<T> =
  | ({ readonly kind: "complete" } & T)
  /** More bytes are needed. */
  | { readonly kind: "incomplete" }
  /** The bytes have another format or are damaged. */
  | { readonly kind: "invalid" };

/** Parses the head of a file; `size` is its length in bytes. */
export function readFileHead(
  bytes: Uint8Array,
): ParseResult<{ readonly size: number; readonly sync: Uint8Array }> {
  const magic = bytes.subarray(0, MAGIC.length);
  if (magic.some((byte, at) => byte !== MAGIC[at])) return { kind: "invalid" };
  if (bytes.length < MAGIC.length) return { kind: "incomplete" };
  let at = MAGIC.length;
  let entries = 0;
  for (;;) {
    const count = readLong(bytes, at);
    if (count.kind !== "complete") return count;
    at += count.size;
    if (count.value === 0) break;
    let left = Math.abs(count.value);
    entries += left;
    if (entries > META_ENTRIES_MAX) return { kind: "invalid" };
    // A negative count is followed by the size of the entries in bytes.
    for (let words = count.value < 0 ? 1 : 0; words > 0; words--) {
      const size = readLong(bytes, at);
      if (size.kind !== "complete") return size;
      at += size.size;
    }
    for (left *= 2; left > 0; left--) {
      const length = readLong(bytes, at);
      if (length.kind !== "complete") return length;
      if (length.value < 0) return { kind: "invalid" };
      at += length.size + length.value;
      if (at > bytes.length) return { kind: "incomplete" };
    }
  }
  const sync = bytes.slice(at, at + SYNC_SIZE);
  if (sync.length < SYNC_SIZE) return { kind: "incomplete" };
  return { kind: "complete", size: at + SYNC_SIZE, sync };
}

/** Parses the head of a block: number of records and bytes of data. */
export function readBlockHead(
  bytes: Uint8Array,
): ParseResult<
  { readonly size: number; readonly count: number; readonly dataSize: number }
> {
  const count = readLong(bytes, 0);
  if (count.kind !== "complete") return count;
  const dataSize = readLong(bytes, count.size);
  if (dataSize.kind !== "complete") return dataSize;
  if (count.value <= 0 || dataSize.value < 0) return { kind: "invalid" };
  return {
    kind: "complete",
    size: count.size + dataSize.size,
    count: count.value,
    dataSize: dataSize.value,
  };
}

/** Concatenates byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** An Avro long (zigzag, 7 bits per byte); `value` is a safe integer. */
function writeLong(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = zigzagEncode(value);
  while (rest > 0x7f) {
    bytes.push(rest % 0x80 | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return new Uint8Array(bytes);
}

function readLong(
  bytes: Uint8Array,
  from: number,
): ParseResult<{ readonly size: number; readonly value: number }> {
  let rest = 0;
  let weight = 1;
  for (let at = from;; at++) {
    const byte = bytes[at];
    if (byte === undefined) return { kind: "incomplete" };
    rest += (byte & 0x7f) * weight;
    if (rest > Number.MAX_SAFE_INTEGER) return { kind: "invalid" };
    weight *= 0x80;
    if (byte < 0x80) {
      return { kind: "complete", size: at + 1 - from, value: zigzagDecode(rest) };
    }
  }
}
