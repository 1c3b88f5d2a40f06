/**
 * Reads the first fields of a payload without its schema.
 *
 * @module
 */

import { zigzagDecode } from "../../base/zigzag.ts";
import { hasHeader, SINGLE_OBJECT_HEADER_SIZE } from "./single_object.ts";

/** The fields that identify a record within its type. */
export interface RecordHead {
  readonly gateway: string;
  readonly deviceId: string;
  readonly epoch: number;
  readonly seq: number;
  /** `prev_epoch` and `prev_seq`, on the first record of an epoch. */
  readonly previous: { readonly epoch: number; readonly seq: number } | undefined;
}

/** An Avro long has at most 64 bits, 7 in each byte. */
const LONG_BYTES_MAX = 10;

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the head of a payload of any type and schema version: all records begin
 * with the same fields in the same order.
 *
 * @returns undefined if the bytes are not such a payload; never throws.
 */
export function readRecordHead(payload: Uint8Array): RecordHead | undefined {
  if (!hasHeader(payload)) return undefined;
  const cursor: Cursor = { bytes: payload, at: SINGLE_OBJECT_HEADER_SIZE };
  const gateway = takeText(cursor);
  if (gateway === undefined || !skipOption(cursor, takeSpan)) return undefined; // site
  const deviceId = takeText(cursor);
  if (deviceId === undefined || !skipOption(cursor, takeLong)) return undefined; // unit_id
  for (let field = 0; field < 4; field++) { // manufacturer, model, serial, firmware
    if (!skipOption(cursor, takeSpan)) return undefined;
  }
  const epoch = takeLong(cursor);
  const seq = takeLong(cursor);
  if (epoch === undefined || epoch < 0 || seq === undefined || seq < 0) {
    return undefined;
  }
  return { gateway, deviceId, epoch, seq, previous: takePrevious(cursor) };
}

function takePrevious(cursor: Cursor): RecordHead["previous"] {
  const epoch = takeOptionalLong(cursor);
  const seq = takeOptionalLong(cursor);
  return epoch === undefined || seq === undefined || epoch < 0 || seq < 0
    ? undefined
    : { epoch, seq };
}

/** undefined for null too. */
function takeOptionalLong(cursor: Cursor): number | undefined {
  return takeLong(cursor) === 1 ? takeLong(cursor) : undefined;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Reads a zigzag long; undefined at the end of the bytes, or if it exceeds `Number.MAX_SAFE_INTEGER`. */
function takeLong(cursor: Cursor): number | undefined {
  let raw = 0;
  let weight = 1;
  for (let index = 0; index < LONG_BYTES_MAX; index++) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) return undefined;
    cursor.at++;
    raw += (byte & 0x7f) * weight;
    weight *= 128;
    if (raw > Number.MAX_SAFE_INTEGER) return undefined;
    if (byte < 0x80) return zigzagDecode(raw);
  }
  return undefined;
}

/** Reads the bytes of a string; undefined if its length is invalid. */
function takeSpan(cursor: Cursor): Uint8Array | undefined {
  const length = takeLong(cursor);
  if (length === undefined || length < 0) return undefined;
  if (length > cursor.bytes.length - cursor.at) return undefined;
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
}

function takeText(cursor: Cursor): string | undefined {
  const span = takeSpan(cursor);
  if (span === undefined) return undefined;
  try {
    return TEXT.decode(span);
  } catch {
    return undefined; // not UTF-8
  }
}

/** Skips a value of type ["null", T]; false if the bytes are invalid. */
function skipOption(cursor: Cursor, take: (cursor: Cursor) => unknown): boolean {
  const branch = takeLong(cursor);
  return branch === 0 || (branch === 1 && take(cursor) !== undefined);
}
