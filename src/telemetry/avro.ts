/**
 * Records as Avro single-object encoding: C3 01, the schema's CRC-64-AVRO
 * fingerprint (8 bytes, little-endian), the body (Avro 1.11, "Single-object
 * encoding").
 *
 * @module
 */

import { Buffer } from "node:buffer";
import avsc from "avsc";
import { SCHEMAS } from "../../models/avro/index.ts";
import { bad, good, type Result } from "../base/result.ts";
import { hex, unhex } from "./fingerprint.ts";
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

const RECORD_TYPES: readonly RecordType[] = [
  "NormalizedInverterData",
  "NormalizedMeterData",
  "NormalizedStorageData",
  "NormalizedEnvironmentData",
  "NormalizedCombinerData",
  "CollectorEvent",
];

const HEADER_SIZE = 10;

/** Where a payload is written before it is copied; grows to the largest one. */
const SCRATCH_START = 4096;

/** Makes a codec; it costs some ms, so make one and keep it. */
export function createCodec(): Codec {
  const schemas = new Map<RecordType, WriterSchema>();
  const types = new Map<RecordType, avsc.Type>();
  const byFingerprint = new Map<string, RecordType>();
  for (const type of RECORD_TYPES) {
    const { fingerprint, text } = SCHEMAS[type];
    schemas.set(type, { fingerprint, fingerprintBytes: unhex(fingerprint), text });
    types.set(type, avsc.Type.forSchema(JSON.parse(text)));
    byFingerprint.set(fingerprint, type);
  }
  let scratch = Buffer.alloc(SCRATCH_START);

  return {
    schemas,
    encode(draft, numbering) {
      const type = types.get(draft.type);
      const schema = schemas.get(draft.type);
      if (type === undefined || schema === undefined) {
        throw new RangeError(`${draft.type} has no schema`);
      }
      const record = { ...draft.source, ...numbering, ...draft.fields };
      let end = write(type, draft.type, record, scratch);
      if (end < 0) { // -end bytes were missing
        scratch = Buffer.alloc(2 * (scratch.length - end));
        end = write(type, draft.type, record, scratch);
      }
      const payload = new Uint8Array(end);
      payload.set(scratch.subarray(0, end));
      payload[0] = 0xc3;
      payload[1] = 0x01;
      payload.set(schema.fingerprintBytes, 2);
      return payload;
    },
    decode(payload) {
      if (payload.length < HEADER_SIZE || payload[0] !== 0xc3 || payload[1] !== 0x01) {
        return bad("not single-object encoding: it does not begin with C3 01");
      }
      const fingerprint = hex(payload.subarray(2, HEADER_SIZE));
      const name = byFingerprint.get(fingerprint);
      const type = name === undefined ? undefined : types.get(name);
      if (name === undefined || type === undefined) {
        return bad(`written with a schema that is not known here: ${fingerprint}`);
      }
      const body = Buffer.from(payload.subarray(HEADER_SIZE));
      try {
        return good({ type: name, record: type.fromBuffer(body) });
      } catch (error) {
        return bad(`not a ${name}: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}

function write(
  type: avsc.Type,
  name: RecordType,
  record: object,
  buffer: Buffer,
): number {
  try {
    return type.encode(record, buffer, HEADER_SIZE);
  } catch (error) {
    const faults: string[] = [];
    type.isValid(record, {
      errorHook: (path, value, wanted) => {
        faults.push(`${path.join(".")} = ${show(value)}, wanted ${wanted}`);
      },
    });
    throw new RangeError(`${name}: ${faults[0] ?? "cannot be encoded"}`, {
      cause: error,
    });
  }
}

function show(value: unknown): string {
  return typeof value === "bigint"
    ? `${value}n`
    : JSON.stringify(value) ?? String(value);
}
