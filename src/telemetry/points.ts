/**
 * From the points of a decoded model to the values of a record: null is null,
 * NaN never goes out, nothing is invented.
 *
 * @module
 */

import { createBlank } from "../base/blank.ts";
import type {
  DecodedModel,
  DecodeFlag,
  Points,
  PointValue,
} from "../sunspec/decode.ts";

/** Which field takes which point. */
export type FieldTable<F extends string, P extends string> =
  readonly (readonly [F, P])[];

/** A flag on a field of a record. */
export interface FieldFlag {
  /** The field, or `model_<id>.<point>` for what has no field of its own. */
  readonly field: string;
  readonly reason: DecodeFlag["reason"];
}

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

/**
 * A model's decode flags by the names of fields.
 *
 * @param fieldAt the field that takes the point at a path, if one does.
 */
export function fieldFlags(
  model: DecodedModel,
  fieldAt: (path: string) => string | undefined,
): FieldFlag[] {
  return model.flags.map(({ path, reason }) => ({
    field: fieldAt(path) ?? `model_${model.id}.${path}`,
    reason,
  }));
}

/** Splits `module[2].DCW` into its parts; undefined if the path has no such form. */
export function splitGroupPath(
  path: string,
):
  | { readonly group: string; readonly index: number; readonly point: string }
  | undefined {
  const match = /^([^.[]+)\[(\d+)\]\.([^.[]+)$/.exec(path);
  const [, group, index, point] = match ?? [];
  if (group === undefined || index === undefined || point === undefined) {
    return undefined;
  }
  return { group, index: Number(index), point };
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
