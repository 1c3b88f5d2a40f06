/**
 * Converts points of a decoded model to values of a record. Absent and invalid
 * values become null; a record never contains NaN or an infinite number.
 *
 * @module
 */

import { createRecordTemplate } from "../../base/record_template.ts";
import type { Points, PointValue } from "../../sunspec/decode/decode.ts";

/** Pairs of a field and the point that feeds it. */
export type FieldTable<F extends string, P extends string> =
  readonly (readonly [F, P])[];

/** A point as a finite number, or null. 64-bit values above 2^53 are rounded to the nearest double. */
export function numberOf<P extends Points>(
  points: P,
  name: keyof P & string,
): number | null {
  return numberFrom(valueOf(points, name));
}

/** A value as a finite number, or null: see {@linkcode numberOf}. */
export function numberFrom(value: PointValue): number | null {
  if (typeof value === "string" || value === null) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** The largest value of an enum or identifier (32 bits). */
const CODE_MAX = 2 ** 32 - 1;

/** A point as the number of an enum or identifier, or null if it is out of range. */
export function codeOf<P extends Points>(
  points: P,
  name: keyof P & string,
): number | null {
  return codeFrom(valueOf(points, name));
}

/** A value as a number of an enum or identifier, or null: see {@linkcode codeOf}. */
export function codeFrom(value: PointValue): number | null {
  if (typeof value !== "number" || !Number.isInteger(value)) return null;
  return value >= 0 && value <= CODE_MAX ? value : null;
}

/** A point as an unmodified bitfield, or null. */
export function bitfieldOf<P extends Points>(
  points: P,
  name: keyof P & string,
): number | bigint | null {
  const value = valueOf(points, name);
  return typeof value === "string" ? null : value;
}

/** A point as a text, or null if it is empty. */
export function textOf<P extends Points>(
  points: P,
  name: keyof P & string,
): string | null {
  return textFrom(valueOf(points, name));
}

/** A value as a text, or null: see {@linkcode textOf}. */
export function textFrom(value: PointValue): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The values of a table of measurements. */
export function measurementsOf<F extends string, P extends Points>(
  points: P,
  table: FieldTable<F, keyof P & string>,
): Record<F, number | null> {
  const values: Record<F, number | null> = { ...blankOf(table) };
  for (const [field, point] of table) values[field] = numberOf(points, point);
  return values;
}

/** The values of a table of counts, indexes and enum numbers. */
export function codesOf<F extends string, P extends Points>(
  points: P,
  table: FieldTable<F, keyof P & string>,
): Record<F, number | null> {
  return fill(points, table, codeOf);
}

/** The values of a table of bitfields, unmodified. */
export function bitfieldsOf<F extends string, P extends Points>(
  points: P,
  table: FieldTable<F, keyof P & string>,
): Record<F, number | bigint | null> {
  return fill(points, table, bitfieldOf);
}

function fill<F extends string, P extends Points, V>(
  points: P,
  table: FieldTable<F, keyof P & string>,
  take: (points: P, name: keyof P & string) => V | null,
): Record<F, V | null> {
  const values: Record<F, V | null> = { ...blankOf(table) };
  for (const [field, point] of table) values[field] = take(points, point);
  return values;
}

/** The field names in the tables, without duplicates. */
export function fieldNames<F extends string>(
  ...tables: readonly FieldTable<F, string>[]
): readonly F[] {
  return [...new Set(tables.flat().map(([field]) => field))];
}

/** Values of some fields, as one model reports them. */
export type FieldValues<F extends string, V> = Readonly<Partial<Record<F, V | null>>>;

/**
 * The value of each field from the first source that has one; null if none has.
 *
 * @param sources in order of precedence; undefined = a model that the device
 * does not have.
 */
export function coalesceFields<F extends string, V>(
  fields: readonly F[],
  sources: readonly (FieldValues<F, V> | undefined)[],
): Record<F, V | null> {
  const values: Record<F, V | null> = { ...createRecordTemplate(fields) };
  for (const field of fields) {
    for (const source of sources) values[field] ??= source?.[field] ?? null;
  }
  return values;
}

const blanks = new WeakMap<object, Readonly<Record<string, null>>>();

/** An object with each field of a table null; created once per table. */
function blankOf<F extends string>(
  table: FieldTable<F, string>,
): Readonly<Record<F, null>> {
  const known = blanks.get(table);
  if (known !== undefined) return known;
  const created = createRecordTemplate(table.map(([field]) => field));
  blanks.set(table, created);
  return created;
}

function valueOf(points: Points, name: string): PointValue {
  const value = points[name];
  return value === undefined || isGroup(value) ? null : value;
}

function isGroup(
  value: PointValue | readonly Points[] | undefined,
): value is readonly Points[] {
  return Array.isArray(value);
}
