/**
 * Creates rows whose payloads are small Avro records.
 *
 * @module
 */

import type { StoredRow } from "../../src/buffer/buffer.ts";

/** Fingerprints of the two schemas; any 8 bytes, since the uplink does not verify them. */
export const FINGERPRINTS = ["0102030405060708", "a1a2a3a4a5a6a7a8"] as const;

/** Texts of the schemas by fingerprint. */
export const SCHEMAS: ReadonlyMap<string, string> = new Map(
  FINGERPRINTS.map((fingerprint, at) => [
    fingerprint,
    JSON.stringify({
      type: "record",
      name: at === 0 ? "First" : "Second",
      fields: [{ name: "id", type: "long" }, { name: "noise", type: "bytes" }],
    }),
  ]),
);

/** Creates a row with a record {id, noise} in single-object encoding. */
export function readingRow(
  id: number,
  topic: string,
  schema: 0 | 1 = 0,
  noiseBytes = 20,
): StoredRow {
  const noise = crypto.getRandomValues(new Uint8Array(noiseBytes));
  const fingerprint = FINGERPRINTS[schema].match(/../g)?.map((hex) =>
    parseInt(hex, 16)
  );
  const payload = [
    ...[0xc3, 0x01, ...fingerprint ?? []],
    ...[...long(id), ...long(noise.length), ...noise],
  ];
  return {
    id,
    topic,
    key: "device",
    payload: new Uint8Array(payload),
    createdAtMs: id,
    retryCount: 0,
  };
}

function long(value: number): number[] {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(rest % 128 + 128);
  return [...bytes, rest];
}
