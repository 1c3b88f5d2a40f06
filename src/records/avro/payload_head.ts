/**
 * The head of a payload, read without its schema.
 *
 * @module
 */

/** Whose record it is and which. */
export interface Head {
  readonly gateway: string;
  readonly deviceId: string;
  readonly epoch: number;
  readonly seq: number;
}

/** C3 01 and the fingerprint (Avro 1.11, "Single-object encoding"). */
const HEADER_SIZE = 10;

/** A long has at most 64 bits, 7 of them in a byte. */
const LONG_BYTES_MAX = 10;

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the head of a payload of any version and type: every record begins
 * with the same fields in the same order. Total: any bytes give a head or
 * undefined.
 */
export function readHead(payload: Uint8Array): Head | undefined {
  if (payload.length < HEADER_SIZE || payload[0] !== 0xc3 || payload[1] !== 0x01) {
    return undefined;
  }
  const cursor: Cursor = { bytes: payload, at: HEADER_SIZE };
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
  return { gateway, deviceId, epoch, seq };
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** A zigzag long; undefined if the bytes end, or it is too large for a number. */
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
    if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }
  return undefined;
}

/** The bytes of a string; undefined if its length is not one. */
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

/** Skips a value of ["null", T]; false if the bytes are none. */
function skipOption(cursor: Cursor, take: (cursor: Cursor) => unknown): boolean {
  const branch = takeLong(cursor);
  return branch === 0 || (branch === 1 && take(cursor) !== undefined);
}
