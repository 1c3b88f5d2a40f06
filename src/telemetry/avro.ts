/**
 * Records as Avro single-object encoding: C3 01, the schema's CRC-64-AVRO
 * fingerprint (8 bytes, little-endian), the body (Avro 1.11, "Single-object
 * encoding").
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { Draft, Numbering, RecordType } from "./record.ts";

/** A schema that this program writes with. */
export interface WriterSchema {
  /** 16 hex digits, lower case: the 8 bytes in the order in which they stand in a payload. */
  readonly fingerprint: string;
  readonly fingerprintBytes: Uint8Array;
  /** The schema as JSON, with docs and defaults. */
  readonly text: string;
}

/** A payload read back. */
export interface DecodedRecord {
  readonly type: RecordType;
  /** All fields, envelope first. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** Encodes and decodes records. */
export interface Codec {
  readonly schemas: ReadonlyMap<RecordType, WriterSchema>;
  /**
   * The payload of a record.
   *
   * @throws RangeError naming the field, if a value does not fit the schema: a bug.
   */
  encode(draft: Draft, numbering: Numbering): Uint8Array;
  /** Reads back a payload that was written with one of `schemas`; the fault is in words. */
  decode(payload: Uint8Array): Result<DecodedRecord, string>;
}

/** Makes a codec; it costs some ms, so make one and keep it. */
export function createCodec(): Codec {
  throw new Error("not yet");
}
