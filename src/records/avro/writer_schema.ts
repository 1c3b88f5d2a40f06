/**
 * The schemas that records are written with, and their fingerprints.
 *
 * @module
 */

import { SCHEMAS } from "../../../models/avro/index.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { CONTRACT_TYPES, type ContractType } from "../record.ts";
import { canonicalForm, crc64Avro } from "./fingerprint.ts";
import { modelSchema } from "./model_schema.ts";

/** A schema that this program writes with. */
export interface WriterSchema {
  /** 16 hex digits, lower case, in the byte order of a payload. */
  readonly fingerprint: string;
  /** The same as 8 bytes. */
  readonly fingerprintBytes: Uint8Array;
  /** The schema as JSON, with docs and defaults. */
  readonly text: string;
}

/** The schemas that are maintained by hand (`models/avro`). */
export const CONTRACT_SCHEMAS: ReadonlyMap<ContractType, WriterSchema> = new Map(
  CONTRACT_TYPES.map((type) => {
    const { fingerprint, text } = SCHEMAS[type];
    return [type, {
      fingerprint,
      fingerprintBytes: Uint8Array.fromHex(fingerprint),
      text,
    }];
  }),
);

/** The text of a schema that is maintained by hand, by fingerprint. */
export function contractSchemaText(fingerprint: string): string | undefined {
  for (const schema of CONTRACT_SCHEMAS.values()) {
    if (schema.fingerprint === fingerprint) return schema.text;
  }
  return undefined;
}

/** The schema of the records of one SunSpec model. */
export function modelWriterSchema(definition: ModelDefinition): WriterSchema {
  const schema = modelSchema(definition);
  const fingerprintBytes = crc64Avro(canonicalForm(schema));
  return {
    fingerprint: fingerprintBytes.toHex(),
    fingerprintBytes,
    text: JSON.stringify(schema),
  };
}
