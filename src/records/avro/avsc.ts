/**
 * Adapter to the package avsc: compiles schemas, and encodes and decodes the
 * bodies of payloads.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import avsc from "avsc";
import { SINGLE_OBJECT_HEADER_SIZE } from "./single_object.ts";

/** A schema that is ready to encode and decode. */
export interface CompiledSchema {
  /** Full name of the record type; empty if the schema is not a named type. */
  readonly name: string;
  /**
   * Encodes a record.
   *
   * @returns a payload of its own, whose header is not filled in.
   * @throws RangeError that names the first field that does not match the schema.
   */
  encode(record: object, scratch: Scratch): Uint8Array;
  /**
   * Decodes the body of a payload.
   *
   * @throws Error if the bytes do not match the schema.
   */
  decode(payload: Uint8Array): Readonly<Record<string, unknown>>;
}

/** Memory that payloads are encoded into before they are copied; grows to the largest one. */
export interface Scratch {
  buffer: Buffer;
}

const SCRATCH_START_BYTES = 4096;

/** Allocates the scratch memory of one encoder. */
export function createScratch(): Scratch {
  return { buffer: Buffer.alloc(SCRATCH_START_BYTES) };
}

/**
 * Compiles a schema given as JSON text.
 *
 * @throws Error if it is not a valid Avro schema.
 */
export function compileSchema(text: string): CompiledSchema {
  const type = avsc.Type.forSchema(JSON.parse(text));
  return {
    name: type.name ?? "",
    encode(record, scratch) {
      let end = encodeInto(type, record, scratch.buffer);
      if (end < 0) { // The buffer was too small by -end bytes.
        scratch.buffer = Buffer.alloc(2 * (scratch.buffer.length - end));
        end = encodeInto(type, record, scratch.buffer);
      }
      const payload = new Uint8Array(end);
      payload.set(scratch.buffer.subarray(0, end));
      return payload;
    },
    decode(payload) {
      return type.fromBuffer(Buffer.from(payload.subarray(SINGLE_OBJECT_HEADER_SIZE)));
    },
  };
}

function encodeInto(type: avsc.Type, record: object, buffer: Buffer): number {
  try {
    return type.encode(record, buffer, SINGLE_OBJECT_HEADER_SIZE);
  } catch (error) {
    const faults: string[] = [];
    type.isValid(record, {
      errorHook: (path, value, expected) => {
        faults.push(`${path.join(".")} = ${showValue(value)}, expected ${expected}`);
      },
    });
    throw new RangeError(`${type.name}: ${faults[0] ?? "cannot be encoded"}`, {
      cause: error,
    });
  }
}

function showValue(value: unknown): string {
  return typeof value === "bigint"
    ? `${value}n`
    : JSON.stringify(value) ?? String(value);
}
