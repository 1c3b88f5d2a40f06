/**
 * Encodes records as payloads in Avro single-object encoding, and decodes them.
 *
 * @module
 */

import { SCHEMAS } from "../../../models/avro/index.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import {
  CONTRACT_TYPES,
  type ContractType,
  type Draft,
  isContractType,
  type RecordType,
  type StreamPosition,
} from "../record.ts";
import { type CompiledSchema, compileSchema, createScratch } from "./avsc.ts";
import { AvroWriter } from "./avro_writer.ts";
import { writeEnvelope } from "./envelope_writer.ts";
import {
  fingerprintIn,
  NO_HEADER,
  SINGLE_OBJECT_HEADER_SIZE,
  writeHeader,
} from "./single_object.ts";
import {
  CONTRACT_SCHEMAS,
  modelWriterSchema,
  type WriterSchema,
} from "./writer_schema.ts";

/** A decoded payload. */
export interface DecodedPayload {
  readonly type: RecordType;
  /** All fields, envelope first. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** Encodes and decodes records. */
export interface Codec {
  /**
   * Encodes a record. The schema of a SunSpec model is generated at the first
   * record of its definition.
   *
   * @throws RangeError that names the field, if a value does not match the
   * schema. This is a bug in the caller.
   */
  encode(draft: Draft, position: StreamPosition): Uint8Array;
  /**
   * Decodes a payload whose schema is maintained by hand or has been used by
   * this codec. The fault is text for people.
   */
  decode(payload: Uint8Array): Result<DecodedPayload, string>;
}

/** A schema in use. */
interface Writer {
  readonly type: RecordType;
  readonly schema: WriterSchema;
  readonly compiled: CompiledSchema;
}

/**
 * Creates a codec. A schema is compiled at its first record, which takes some ms.
 *
 * @param onSchema called with each schema before the first payload that uses it
 * is returned.
 */
export function createCodec(
  onSchema: (schema: WriterSchema) => void = () => {},
): Codec {
  const writers = createWriters(onSchema);
  const scratch = createScratch();
  const out = new AvroWriter();
  return {
    encode(draft, position) {
      const { compiled, schema } = writers.forDraft(draft);
      const written = writeFlat(out, draft, position);
      if (written !== undefined) {
        writeHeader(written, schema.fingerprintBytes);
        return written;
      }
      const record = { ...draft.source, ...position, ...draft.fields };
      const payload = compiled.encode(record, scratch);
      writeHeader(payload, schema.fingerprintBytes);
      return payload;
    },
    decode(payload) {
      const fingerprint = fingerprintIn(payload);
      if (fingerprint === undefined) return bad(NO_HEADER);
      const writer = writers.byFingerprint(fingerprint);
      if (writer === undefined) {
        return bad(
          `unknown schema: no schema with fingerprint ${fingerprint} is in use`,
        );
      }
      try {
        return good({ type: writer.type, record: writer.compiled.decode(payload) });
      } catch (error) {
        return bad(
          `not a ${writer.type}: ${error instanceof Error ? error.message : error}`,
        );
      }
    },
  };
}

/** The payload of fields that are written directly; undefined = avsc encodes it, or names the fault. */
function writeFlat(
  out: AvroWriter,
  { flat, source }: Draft,
  position: StreamPosition,
): Uint8Array | undefined {
  if (flat === undefined) return undefined;
  out.begin(SINGLE_OBJECT_HEADER_SIZE);
  try {
    writeEnvelope(out, source, position);
    flat.write(out);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return out.payload();
}

/** The schemas in use. */
interface Writers {
  /** @throws RangeError if the record type has no valid schema. */
  forDraft(draft: Draft): Writer;
  /** A schema in use, or one of `models/avro`; undefined if it is neither. */
  byFingerprint(fingerprint: string): Writer | undefined;
}

function createWriters(onSchema: (schema: WriterSchema) => void): Writers {
  const contracts = new Map<ContractType, Writer>();
  const models = new WeakMap<ModelDefinition, Writer>();
  const used = new Map<string, Writer>();

  function create(type: RecordType, schema: WriterSchema): Writer {
    const writer = { type, schema, compiled: compile(type, schema.text) };
    used.set(schema.fingerprint, writer);
    onSchema(schema);
    return writer;
  }

  function forContract(type: ContractType): Writer {
    const known = contracts.get(type);
    if (known !== undefined) return known;
    const schema = CONTRACT_SCHEMAS.get(type);
    if (schema === undefined) throw new RangeError(`${type} has no schema`);
    const created = create(type, schema);
    contracts.set(type, created);
    return created;
  }

  return {
    forDraft({ type, definition }) {
      if (definition === undefined) {
        if (!isContractType(type)) throw new RangeError(`${type} has no schema`);
        return forContract(type);
      }
      const known = models.get(definition);
      if (known !== undefined) return known;
      const created = create(type, modelWriterSchema(definition));
      models.set(definition, created);
      return created;
    },
    byFingerprint(fingerprint) {
      const known = used.get(fingerprint);
      if (known !== undefined) return known;
      const type = CONTRACT_TYPES.find((one) =>
        SCHEMAS[one].fingerprint === fingerprint
      );
      return type === undefined ? undefined : forContract(type);
    },
  };
}

/** @throws RangeError if Avro rejects the schema, which only a vendor's definition can cause. */
function compile(type: RecordType, text: string): CompiledSchema {
  try {
    return compileSchema(text);
  } catch (error) {
    throw new RangeError(`${type}: its schema is not valid Avro`, { cause: error });
  }
}
