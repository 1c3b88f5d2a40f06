// deno-lint-ignore-file camelcase
/**
 * Types for Avro schemas as JSON data, limited to the parts of Avro 1.11 that
 * the wire contracts use, and the envelope fields of all records.
 *
 * @module
 */

import { SCHEMAS } from "../../../models/avro/index.ts";

/** A field of a record. The attributes besides Avro's own describe a SunSpec point. */
export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: unknown;
  /** The unit of a point in SunSpec's spelling. */
  readonly unit?: string;
  /** The name of a point or group, if the field has another name. */
  readonly sunspec_name?: string;
  /** The SunSpec type of a point. */
  readonly sunspec_type?: string;
}

/** A record schema. */
export interface AvroRecord {
  readonly type: "record";
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

/** The Avro types that the wire contracts use. */
export type AvroType =
  | string
  | AvroRecord
  | { readonly type: "array"; readonly items: AvroType }
  | { readonly type: "long"; readonly logicalType: string }
  | readonly AvroType[];

/** The namespace of all record types. */
export const NAMESPACE = "sunspec.telemetry";

/** Number of envelope fields. */
export const ENVELOPE_FIELDS = 19;

/** The envelope: the fields with which every record begins. */
export function envelopeFields(): readonly AvroField[] {
  // A built-in schema, so its JSON is valid.
  const event: AvroRecord = JSON.parse(SCHEMAS.CollectorEvent.text);
  return event.fields.slice(0, ENVELOPE_FIELDS);
}
