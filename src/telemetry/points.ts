/**
 * From the points of a decoded model to the values of a record: null is null,
 * NaN never goes out, nothing is invented.
 *
 * @module
 */

import type { DecodedModel, Points, PointValue } from "../sunspec/decode.ts";

/** Which field takes which point. */
export type FieldTable<F extends string, P extends string> =
  readonly (readonly [F, P])[];

/** A flag on a field of a record. */
export interface FieldFlag {
  /** The field, or `model_<id>.<point>` for what has no field of its own. */
  readonly field: string;
  readonly reason: string;
  /** Whether the value is absent because of it. */
  readonly missing: boolean;
}

/** A point as a finite number, or null. 64-bit values beyond 2^53 are rounded to the nearest double. */
export function numberOf(points: Points, name: string): number | null {
  const value = valueOf(points, name);
  if (typeof value === "string" || value === null) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A point as a whole number without loss, or null. */
export function wholeOf(points: Points, name: string): number | null {
  const number = numberOf(points, name);
  return Number.isSafeInteger(number) ? number : null;
}

/** A bitfield as the device gave it, or null. */
export function bitsOf(points: Points, name: string): number | bigint | null {
  const value = valueOf(points, name);
  return typeof value === "string" ? null : value;
}

/** A text that says something, or null. */
export function textOf(points: Points, name: string): string | null {
  const value = valueOf(points, name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** The instances of a repeating group; none if the device has none. */
export function groupOf(points: Points, name: string): readonly Points[] {
  const value = points[name];
  return isGroup(value) ? value : [];
}

/** All measurements of a table. */
export function measurementsOf<F extends string>(
  points: Points,
  table: FieldTable<F, string>,
): Record<F, number | null> {
  const values: Partial<Record<F, number | null>> = {};
  for (const [field, point] of table) values[field] = numberOf(points, point);
  return values as Record<F, number | null>; // every field of the table was set
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
    field: fieldAt(path) ??
      (path === "" ? `model_${model.id}` : `model_${model.id}.${path}`),
    reason,
    missing: valueAt(model.points, path) === null,
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

function valueAt(points: Points, path: string): PointValue | undefined {
  const inGroup = splitGroupPath(path);
  if (inGroup === undefined) {
    const value = points[path];
    return isGroup(value) ? undefined : value;
  }
  const inner = groupOf(points, inGroup.group)[inGroup.index];
  return inner === undefined ? undefined : valueAt(inner, inGroup.point);
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
