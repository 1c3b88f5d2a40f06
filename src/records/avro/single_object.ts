/**
 * The header of Avro single-object encoding: C3 01, then the schema's
 * CRC-64-AVRO fingerprint, 8 bytes little-endian (Avro 1.11, "Single-object
 * encoding").
 *
 * @module
 */

/** Size of the marker and the fingerprint, in bytes. */
export const SINGLE_OBJECT_HEADER_SIZE = 10;

const MARKER = [0xc3, 0x01] as const;

/** Writes the header of a payload in place. */
export function writeHeader(payload: Uint8Array, fingerprint: Uint8Array): void {
  payload.set(MARKER);
  payload.set(fingerprint, MARKER.length);
}

/** Whether a payload begins with a complete header. */
export function hasHeader(payload: Uint8Array): boolean {
  return payload.length >= SINGLE_OBJECT_HEADER_SIZE &&
    payload[0] === MARKER[0] && payload[1] === MARKER[1];
}

/** The fingerprint in a payload's header, 16 hex digits; undefined if it has no header. */
export function fingerprintIn(payload: Uint8Array): string | undefined {
  return hasHeader(payload)
    ? payload.subarray(MARKER.length, SINGLE_OBJECT_HEADER_SIZE).toHex()
    : undefined;
}

/** The fault of a payload without a header. */
export const NO_HEADER =
  "not Avro single-object encoding: the payload does not begin with C3 01 and a fingerprint";
