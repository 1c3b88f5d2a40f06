/**
 * The checksum of a whole row: topic, key, time, position in its stream and payload.
 * It detects every change of up to 32 adjacent bits, and any other change with a
 * probability of 1 - 2^-32. Pure.
 *
 * @module
 */

/** CRC-32 of bytes, or of a text in UTF-8, continued from the CRC `before` it. */
export type Crc32 = (data: Uint8Array | string, before?: number) => number;

/** The columns that the checksum covers beside the payload. */
export interface RowHead {
  readonly topic: string;
  readonly key: string;
  readonly createdAtMs: number;
  /** See {@linkcode streamCrc}. */
  readonly streamCrc: number;
  readonly epoch: number;
  readonly seq: number;
}

/**
 * The checksum in the column `row_crc`, a signed 32-bit integer (as SQLite stores it
 * in 4 bytes).
 *
 * The numbers and the lengths follow the texts, so the input can be divided into its
 * fields from its end: no byte can move from one field to another unnoticed.
 *
 * @param payloadCrc CRC-32 of the payload
 */
export function rowCrc(crc32: Crc32, payloadCrc: number, head: RowHead): number {
  const { topic, key, createdAtMs, streamCrc, epoch, seq } = head;
  const text = `${topic}${key} ${topic.length} ${key.length} ${createdAtMs} ` +
    `${streamCrc} ${epoch} ${seq}`;
  return crc32(text, payloadCrc) | 0;
}

/**
 * The stream's name in 4 bytes (column `stream_crc`): names the stream of a row whose
 * payload is damaged. Among 1,000 streams, two share one with a probability of 1 in 8,600.
 */
export function streamCrc(crc32: Crc32, stream: string): number {
  return crc32(stream) | 0;
}

/** The checksum of a schema in the column `crc`. */
export function schemaCrc(crc32: Crc32, fingerprint: string, text: string): number {
  return crc32(text, crc32(fingerprint)) | 0;
}

/** The checksum of a stream's last number in the column `crc`. */
export function lastSeqCrc(
  crc32: Crc32,
  stream: string,
  epoch: number,
  seq: number,
): number {
  return crc32(`${stream} ${epoch} ${seq}`) | 0;
}
