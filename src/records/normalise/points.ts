/**
 * From the points of a decoded model to the values of a record: null is null,
 * NaN never goes out, nothing is invented.
 *
 * @module
 */

import { createBlank } from "../../base/record_template.ts";
import type { Points, PointValue } from "../../sunspec/decode/decode.ts";

/** Which field takes which point. */
export type FieldTable<F extends string, P extends string> =
  readonly (readonly [F, P])[];

/** A point as a finite number, or null. 64-bit values beyond 2^53 are rounded to the nearest double. */
export function numberOf<P extends Points>(
  points: P,
  name: keyof P & string,
): number | null {
  const value = valueOf(points, name);
  if (typeof value === "string" || value === null) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** The largest number of an enum or an id: those of 32 bits. */
const CODE_MAX = 2 ** 32 - 1;

/** A point that is an enum or an id, or null if it cannot be one. */
export function codeOf<P extends Points>(
  points: P,
  name: keyof P & string,
): number | null {
  const value = valueOf(points, name);
  if (typeof value !== "number" || !Number.isInteger(value)) return null;
  return value >= 0 && value <= CODE_MAX ? value : null;
}

/** A bitfield as the device gave it, or null. */
export function bitsOf<P extends Points>(
  points: P,
  name: keyof P & string,
): number | bigint | null {
  const value = valueOf(points, name);
  return typeof value === "string" ? null : value;
}

/** A text that says something, or null. */
export function textOf<P extends Points>(
  points: P,
  name: keyof P & string,
): string | null {
  const value = valueOf(points, name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** All measurements of a table. */
export function measurementsOf<F extends string, P extends Points>(
  points: P,
  table: FieldTable<F, keyof P & string>,
): Record<F, number | null> {
  const values: Record<F, number | null> = { ...blankOf(table) };
  for (const [field, point] of table) values[field] = numberOf(points, point);
  return values;
}

/** All numbers of a table that are no measurements: counts, indexes, codes. */
export function codesOf<F extends string, P extends Points>(
  points: P,
  table: FieldTable<F, keyof P & string>,
): Record<F, number | null> {
  return fill(points, table, codeOf);
}

/** All bitfields of a table, as the device gave them. */
export function bitfieldsOf<F extends string, P extends Points>(
  points: P,
  table: FieldTable<F, keyof P & string>,
): Record<F, number | bigint | null> {
  return fill(points, table, bitsOf);
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

/** The fields of some tables, each once. */
export function fieldNames<F extends string>(
  ...tables: readonly FieldTable<F, string>[]
): readonly F[] {
  return [...new Set(tables.flat().map(([field]) => field))];
}

/** Some fields and what one model says of them. */
export type Share<F extends string, V> = Readonly<Partial<Record<F, V | null>>>;

/**
 * Each field from the first share that says something; null if none does.
 * Undefined is the share of a model that the device does not have.
 */
export function firstOf<F extends string, V>(
  fields: readonly F[],
  shares: readonly (Share<F, V> | undefined)[],
): Record<F, V | null> {
  const values: Record<F, V | null> = { ...createBlank(fields) };
  for (const field of fields) {
    for (const share of shares) values[field] ??= share?.[field] ?? null;
  }
  return values;
}

const blanks = new WeakMap<object, Readonly<Record<string, null>>>();

/** The blank of a table, made when first asked for. */
function blankOf<F extends string>(
  table: FieldTable<F, string>,
): Readonly<Record<F, null>> {
  const known = blanks.get(table);
  if (known !== undefined) return known;
  const made = createBlank(table.map(([field]) => field));
  blanks.set(table, made);
  return made;
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
