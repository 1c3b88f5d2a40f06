/**
 * Avro object container files: header, blocks, and finding one's way in them
 * (Apache Avro 1.11 specification, "Object Container Files"), and taking the
 * body out of a single-object encoding ("Single-object encoding").
 *
 * @module
 */

/** Length of a sync marker, in bytes. */
export const SYNC_SIZE = 16;

/** A block's head is no longer: two longs of 10 bytes at most. */
export const BLOCK_HEAD_MAX = 20;

const MAGIC = new Uint8Array([0x4f, 0x62, 0x6a, 0x01]);
const SINGLE_OBJECT = [0xc3, 0x01] as const;
const FINGERPRINT_SIZE = 8;
const BODY_AT = SINGLE_OBJECT.length + FINGERPRINT_SIZE;
/** More entries than this in a header's metadata are taken for damage. */
const META_ENTRIES_MAX = 1_000;

/** A row's payload, taken apart. */
export interface SingleObject {
  /** 16 hex digits, lower case, in the order of the bytes. */
  readonly fingerprint: string;
  readonly body: Uint8Array;
}

/** Takes a single-object encoding apart; undefined if it is none. */
export function readSingleObject(payload: Uint8Array): SingleObject | undefined {
  if (payload.length < BODY_AT) return undefined;
  if (payload[0] !== SINGLE_OBJECT[0] || payload[1] !== SINGLE_OBJECT[1]) {
    return undefined;
  }
  const digits = Array.from(
    payload.subarray(SINGLE_OBJECT.length, BODY_AT),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return { fingerprint: digits.join(""), body: payload.subarray(BODY_AT) };
}

/** Records of one schema. */
export interface SchemaRun {
  readonly fingerprint: string;
  readonly bodies: Uint8Array[];
}

/** Takes single-object encodings apart by schema, in their order; undefined if one is none. */
export function sortBySchema(
  payloads: readonly Uint8Array[],
): SchemaRun[] | undefined {
  const runs = new Map<string, SchemaRun>();
  for (const payload of payloads) {
    const taken = readSingleObject(payload);
    if (taken === undefined) return undefined;
    const run = runs.get(taken.fingerprint) ??
      { fingerprint: taken.fingerprint, bodies: [] };
    runs.set(taken.fingerprint, run);
    run.bodies.push(taken.body);
  }
  return [...runs.values()];
}

/** The head of a file: magic, schema, codec `deflate`, sync marker. */
export function writeFileHead(schemaText: string, sync: Uint8Array): Uint8Array {
  const text = new TextEncoder();
  const entries = [["avro.schema", schemaText], ["avro.codec", "deflate"]] as const;
  return join([
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

/** A block of `count` records whose bodies, end to end, were deflated to `data`. */
export function writeBlock(
  count: number,
  data: Uint8Array,
  sync: Uint8Array,
): Uint8Array {
  return join([writeLong(count), writeLong(data.length), data, sync]);
}

/** What stands at the beginning of some bytes. */
export type Found<T> =
  | ({ readonly found: "whole" } & T)
  /** It goes on beyond the bytes. */
  | { readonly found: "short" }
  /** It is something else, or damaged. */
  | { readonly found: "foreign" };

/** Reads a file's head. */
export function readFileHead(
  bytes: Uint8Array,
): Found<{ readonly size: number; readonly sync: Uint8Array }> {
  const magic = bytes.subarray(0, MAGIC.length);
  if (magic.some((byte, at) => byte !== MAGIC[at])) return { found: "foreign" };
  if (bytes.length < MAGIC.length) return { found: "short" };
  let at = MAGIC.length;
  let entries = 0;
  for (;;) {
    const count = readLong(bytes, at);
    if (count.found !== "whole") return count;
    at += count.size;
    if (count.value === 0) break;
    let left = Math.abs(count.value);
    entries += left;
    if (entries > META_ENTRIES_MAX) return { found: "foreign" };
    // A negative count is followed by the size of the entries in bytes.
    for (let words = count.value < 0 ? 1 : 0; words > 0; words--) {
      const size = readLong(bytes, at);
      if (size.found !== "whole") return size;
      at += size.size;
    }
    for (left *= 2; left > 0; left--) {
      const length = readLong(bytes, at);
      if (length.found !== "whole") return length;
      if (length.value < 0) return { found: "foreign" };
      at += length.size + length.value;
      if (at > bytes.length) return { found: "short" };
    }
  }
  const sync = bytes.slice(at, at + SYNC_SIZE);
  if (sync.length < SYNC_SIZE) return { found: "short" };
  return { found: "whole", size: at + SYNC_SIZE, sync };
}

/** Reads a block's head: how many records, and how many bytes of data follow. */
export function readBlockHead(
  bytes: Uint8Array,
): Found<{ readonly size: number; readonly count: number; readonly dataSize: number }> {
  const count = readLong(bytes, 0);
  if (count.found !== "whole") return count;
  const dataSize = readLong(bytes, count.size);
  if (dataSize.found !== "whole") return dataSize;
  if (count.value <= 0 || dataSize.value < 0) return { found: "foreign" };
  return {
    found: "whole",
    size: count.size + dataSize.size,
    count: count.value,
    dataSize: dataSize.value,
  };
}

/** Bytes end to end. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** An Avro long (zig-zag, 7 bits a byte); `value` is a safe integer. */
function writeLong(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
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
): Found<{ readonly size: number; readonly value: number }> {
  let rest = 0;
  let weight = 1;
  for (let at = from;; at++) {
    const byte = bytes[at];
    if (byte === undefined) return { found: "short" };
    rest += (byte & 0x7f) * weight;
    if (rest > Number.MAX_SAFE_INTEGER) return { found: "foreign" };
    weight *= 0x80;
    if (byte < 0x80) {
      const value = rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2;
      return { found: "whole", size: at + 1 - from, value };
    }
  }
}
