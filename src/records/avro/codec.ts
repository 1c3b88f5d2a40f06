/**
 * Records as Avro single-object encoding: C3 01, the schema's CRC-64-AVRO
 * fingerprint (8 bytes, little-endian), the body (Avro 1.11, "Single-object
 * encoding").
 *
 * @module
 */

import { Buffer } from "node:buffer";
import avsc from "avsc";
import { SCHEMAS } from "../../../models/avro/index.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { canonicalForm, crc64Avro, hex, unhex } from "./fingerprint.ts";
import { modelSchema } from "./model_schema.ts";
import {
  CONTRACT_TYPES,
  type ContractType,
  type Draft,
  isContractType,
  type Numbering,
  type RecordType,
} from "../record.ts";

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
  /**
   * The payload of a record. The schema of one SunSpec model is generated at the
   * first record of its definition.
   *
   * @throws RangeError naming the field, if a value does not fit the schema: a bug.
   */
  encode(draft: Draft, numbering: Numbering): Uint8Array;
  /**
   * Reads back a payload that this codec can write, or has written; the fault is
   * in words.
   */
  decode(payload: Uint8Array): Result<DecodedRecord, string>;
}

/** The schemas that are written by hand. */
export const CONTRACTS: ReadonlyMap<ContractType, WriterSchema> = new Map(
  CONTRACT_TYPES.map((type) => {
    const { fingerprint, text } = SCHEMAS[type];
    return [type, { fingerprint, fingerprintBytes: unhex(fingerprint), text }];
  }),
);

/** A schema and what encodes by it. */
interface Writer {
  readonly type: RecordType;
  readonly schema: WriterSchema;
  readonly avro: avsc.Type;
}

const HEADER_SIZE = 10;

/** Where a payload is written before it is copied; grows to the largest one. */
const SCRATCH_START = 4096;

/**
 * Makes a codec. Each schema costs some ms at its first record and nothing before.
 *
 * @param onSchema told of each schema before the first payload that is written with it.
 */
export function createCodec(
  onSchema: (schema: WriterSchema) => void = () => {},
): Codec {
  const contracts = new Map<ContractType, Writer>();
  const models = new WeakMap<ModelDefinition, Writer>();
  const byFingerprint = new Map<string, Writer>();
  let scratch = Buffer.alloc(SCRATCH_START);

  function make(type: RecordType, schema: WriterSchema): Writer {
    const writer = { type, schema, avro: parse(type, schema.text) };
    byFingerprint.set(schema.fingerprint, writer);
    onSchema(schema);
    return writer;
  }

  function contract(type: ContractType): Writer {
    const known = contracts.get(type);
    if (known !== undefined) return known;
    const schema = CONTRACTS.get(type);
    if (schema === undefined) throw new RangeError(`${type} has no schema`);
    const made = make(type, schema);
    contracts.set(type, made);
    return made;
  }

  function writerOf({ type, definition }: Draft): Writer {
    if (definition === undefined) {
      if (!isContractType(type)) throw new RangeError(`${type} has no schema`);
      return contract(type);
    }
    const known = models.get(definition);
    if (known !== undefined) return known;
    const made = make(type, modelWriterSchema(definition));
    models.set(definition, made);
    return made;
  }

  /** The writer of a payload: of those in use, or of a contract that was not used yet. */
  function find(fingerprint: string): Writer | undefined {
    const known = byFingerprint.get(fingerprint);
    if (known !== undefined) return known;
    const type = CONTRACT_TYPES.find((one) => SCHEMAS[one].fingerprint === fingerprint);
    return type === undefined ? undefined : contract(type);
  }

  return {
    encode(draft, numbering) {
      const { avro, schema } = writerOf(draft);
      const record = { ...draft.source, ...numbering, ...draft.fields };
      let end = write(avro, draft.type, record, scratch);
      if (end < 0) { // -end bytes were missing
        scratch = Buffer.alloc(2 * (scratch.length - end));
        end = write(avro, draft.type, record, scratch);
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
      const writer = find(fingerprint);
      if (writer === undefined) {
        return bad(`written with a schema that is not known here: ${fingerprint}`);
      }
      const body = Buffer.from(payload.subarray(HEADER_SIZE));
      try {
        return good({ type: writer.type, record: writer.avro.fromBuffer(body) });
      } catch (error) {
        return bad(
          `not a ${writer.type}: ${error instanceof Error ? error.message : error}`,
        );
      }
    },
  };
}

/** @throws RangeError if avsc does not take the schema: of a vendor's definition, then. */
function parse(type: RecordType, text: string): avsc.Type {
  try {
    return avsc.Type.forSchema(JSON.parse(text));
  } catch (error) {
    throw new RangeError(`${type} has no schema that Avro takes`, { cause: error });
  }
}

/** The schema of one SunSpec model's records, with its fingerprint. */
export function modelWriterSchema(definition: ModelDefinition): WriterSchema {
  const schema = modelSchema(definition);
  const fingerprintBytes = crc64Avro(canonicalForm(schema));
  return {
    fingerprint: hex(fingerprintBytes),
    fingerprintBytes,
    text: JSON.stringify(schema),
  };
}

/** Reads payloads of any version, by the schemas that stand beside them. */
export type ReadRecord = (payload: Uint8Array) => Result<ReadRecordValue, string>;

/** A record of whatever schema. */
export interface ReadRecordValue {
  /** The record's full name. */
  readonly name: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Makes a reader; `textOf` gives a schema's text by fingerprint (16 hex digits). */
export function createRecordReader(
  textOf: (fingerprint: string) => string | undefined,
): ReadRecord {
  const types = new Map<string, avsc.Type>();

  function typeOf(fingerprint: string): avsc.Type | undefined {
    const known = types.get(fingerprint);
    if (known !== undefined) return known;
    const text = textOf(fingerprint);
    if (text === undefined) return undefined;
    const type = avsc.Type.forSchema(JSON.parse(text));
    types.set(fingerprint, type);
    return type;
  }

  return (payload) => {
    if (payload.length < HEADER_SIZE || payload[0] !== 0xc3 || payload[1] !== 0x01) {
      return bad("not single-object encoding: it does not begin with C3 01");
    }
    const fingerprint = hex(payload.subarray(2, HEADER_SIZE));
    try {
      const type = typeOf(fingerprint);
      if (type === undefined) return bad(`its schema ${fingerprint} is not there`);
      const record = type.fromBuffer(Buffer.from(payload.subarray(HEADER_SIZE)));
      return good({ name: type.name ?? "", record });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return bad(`not what its schema ${fingerprint} says: ${why}`);
    }
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
