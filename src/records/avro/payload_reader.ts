/**
 * Reads payloads of any schema version, with the schemas stored beside them.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { type CompiledSchema, compileSchema } from "./avsc.ts";
import { fingerprintIn, NO_HEADER } from "./single_object.ts";

/** Decodes a payload; the fault is text for people. */
export type PayloadReader = (payload: Uint8Array) => Result<NamedRecord, string>;

/** A record of any type. */
export interface NamedRecord {
  /** Full name of the record type. */
  readonly name: string;
  /** All fields, envelope first. */
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * Creates a reader.
 *
 * @param schemaText returns the text of a schema by its fingerprint (16 hex digits).
 */
export function createPayloadReader(
  schemaText: (fingerprint: string) => string | undefined,
): PayloadReader {
  const compiled = new Map<string, CompiledSchema>();

  function schemaOf(fingerprint: string): CompiledSchema | undefined {
    const known = compiled.get(fingerprint);
    if (known !== undefined) return known;
    const text = schemaText(fingerprint);
    if (text === undefined) return undefined;
    const created = compileSchema(text);
    compiled.set(fingerprint, created);
    return created;
  }

  return (payload) => {
    const fingerprint = fingerprintIn(payload);
    if (fingerprint === undefined) return bad(NO_HEADER);
    try {
      const schema = schemaOf(fingerprint);
      if (schema === undefined) {
        return bad(`no schema with fingerprint ${fingerprint} is stored`);
      }
      return good({ name: schema.name, record: schema.decode(payload) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return bad(`the payload does not match its schema ${fingerprint}: ${why}`);
    }
  };
}
