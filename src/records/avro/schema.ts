// deno-lint-ignore-file camelcase
/**
 * Avro schemas as data: the part of Avro 1.11 that the wire contracts use, and
 * the fields that every record begins with.
 *
 * @module
 */

import { SCHEMAS } from "../../../models/avro/index.ts";

/** A field of a record. Attributes beyond Avro's own say more of a SunSpec point. */
export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: unknown;
  /** The unit of a point, as SunSpec writes it. */
  readonly unit?: string;
  /** The name of a point or group, where Avro does not take it as it is. */
  readonly sunspec_name?: string;
  /** The type of a point. */
  readonly sunspec_type?: string;
}

/** A record. */
export interface AvroRecord {
  readonly type: "record";
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

/** The types that the contracts use. */
export type AvroType =
  | string
  | AvroRecord
  | { readonly type: "array"; readonly items: AvroType }
  | { readonly type: "long"; readonly logicalType: string }
  | readonly AvroType[];

/** The namespace of every record. */
export const NAMESPACE = "sunspec.telemetry";

/** How many fields every record begins with. */
export const ENVELOPE_FIELDS = 19;

/** The fields that every record begins with. */
export function envelopeFields(): readonly AvroField[] {
  // Trusted: a schema that is compiled in.
  const event: AvroRecord = JSON.parse(SCHEMAS.CollectorEvent.text);
  return event.fields.slice(0, ENVELOPE_FIELDS);
}
