/**
 * Compiles the fields of a record into a flat list of steps, one for each field of the
 * schema, and writes the fields of a poll by it: from the slots of the readings to Avro,
 * without a record in between.
 *
 * A step takes its value as the functions in `normalise/points.ts` take it from the point
 * that the field mapping names; tests compare both.
 *
 * @module
 */

import type { PointValue } from "../../sunspec/decode/decode.ts";
import type { ModelReading } from "../../sunspec/decode/model_reading.ts";
import type { InstanceSlots } from "../../sunspec/decode/point_table.ts";
import type { AvroWriter } from "../avro/avro_writer.ts";
import type { AvroField, AvroType } from "../avro/schema.ts";
import type { PointFields } from "../normalise/point_fields.ts";
import {
  bitSymbols,
  NO_SYMBOLS,
  stateSymbol,
  type Symbols,
} from "../normalise/symbols.ts";
import { codeFrom, numberFrom, textFrom } from "../normalise/points.ts";

/** How one field is written. `model` is the index of the reading in the record's readings. */
export type FieldStep =
  | { readonly kind: "null" }
  | { readonly kind: "constant"; readonly value: number; readonly isOptional: boolean }
  | {
    readonly kind: "number" | "code" | "text";
    readonly model: number;
    readonly slot: number;
  }
  | {
    readonly kind: "state" | "bits";
    readonly model: number;
    readonly slot: number;
    readonly symbols: Symbols;
  }
  /** A symbol that depends on a text; null = the field is null. */
  | {
    readonly kind: "derived";
    readonly model: number;
    readonly slot: number;
    readonly derive: (text: string | null) => string | null;
  }
  /** A list with one record for each group instance. */
  | { readonly kind: "list"; readonly items: readonly FieldProgram[] };

/** The steps of a record, in the order of the schema. */
export type FieldProgram = readonly FieldStep[];

/** What the steps of one group instance, or of the top group of a model, are made from. */
export interface FieldSources {
  /** Index of the reading. */
  readonly model: number;
  readonly instance: InstanceSlots;
  /** The field of each point of the group, by the point's name. */
  readonly fields: PointFields;
  /** The symbols of states and bits, by field; bits without symbols have numbers. */
  readonly symbols: ReadonlyMap<string, Symbols>;
}

/** The slot of the point that feeds a field; undefined = none does. */
export function slotOf(
  { instance: { group, first }, fields }: FieldSources,
  field: string,
): number | undefined {
  const nth = group.points.findIndex(({ name }) => fields.get(name) === field);
  return nth < 0 ? undefined : first + nth;
}

/**
 * The step of a field that a point feeds: its kind follows from the type in the schema.
 * A text `x` is the symbol of the number in `x_code`.
 */
export function stepOf({ name, type }: AvroField, sources: FieldSources): FieldStep {
  const { model, symbols } = sources;
  const slot = slotOf(sources, name);
  const names = symbols.get(name) ?? NO_SYMBOLS;
  if (slot !== undefined) {
    switch (valueTypeOf(type)) {
      case "double":
        return { kind: "number", model, slot };
      case "long":
        return { kind: "code", model, slot };
      case "array":
        return { kind: "bits", model, slot, symbols: names };
      case "string":
        return { kind: "text", model, slot };
    }
  }
  const coded = slotOf(sources, `${name}_code`);
  return coded === undefined || !symbols.has(name)
    ? { kind: "null" }
    : { kind: "state", model, slot: coded, symbols: names };
}

/** The type in a union of null and a type; of an array or a record, `array` or `record`. */
function valueTypeOf(type: AvroType): string {
  if (typeof type === "string") return type;
  if (!("type" in type)) {
    return type.map(valueTypeOf).find((one) => one !== "null") ?? "";
  }
  return type.type;
}

/** Writes the fields of a record. */
export function writeFields(
  out: AvroWriter,
  program: FieldProgram,
  readings: readonly ModelReading[],
): void {
  for (const step of program) writeStep(out, step, readings);
}

function writeStep(
  out: AvroWriter,
  step: FieldStep,
  readings: readonly ModelReading[],
): void {
  switch (step.kind) {
    case "null":
      return out.null();
    case "constant":
      if (step.isOptional) out.present();
      return out.long(step.value);
    case "list":
      return writeList(out, step.items, readings);
  }
  const value: PointValue = readings[step.model]?.values[step.slot] ?? null;
  switch (step.kind) {
    case "number":
      return out.optionalDouble(numberFrom(value));
    case "code":
      return out.optionalLong(codeFrom(value));
    case "text":
      return out.optionalString(textFrom(value));
    case "derived":
      return out.optionalString(step.derive(textFrom(value)));
    case "state":
      return out.optionalString(stateSymbol(step.symbols, codeFrom(value)));
    case "bits":
      return writeBits(out, step.symbols, value);
  }
}

function writeList(
  out: AvroWriter,
  items: readonly FieldProgram[],
  readings: readonly ModelReading[],
): void {
  out.present();
  if (items.length > 0) {
    out.long(items.length);
    for (const item of items) writeFields(out, item, readings);
  }
  out.long(0);
}

function writeBits(out: AvroWriter, symbols: Symbols, value: PointValue): void {
  const found = typeof value === "string" ? null : bitSymbols(symbols, value);
  if (found === null) return out.null();
  out.present();
  out.strings(found);
}
