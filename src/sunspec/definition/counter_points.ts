/**
 * Which points of a definition are lifetime counters. Pure.
 *
 * @module
 */

import type { PointDefinition, PointType } from "./definition.ts";

/** SunSpec's counter types. */
export const ACCUMULATOR_TYPES: ReadonlySet<PointType> = new Set([
  "acc16",
  "acc32",
  "acc64",
]);

/** Other types that models 111-113, 211-214, 401, 402, 701 and 714 use for energy and charge. */
const OTHER_TYPES: ReadonlySet<PointType> = new Set([
  "uint32",
  "uint64",
  "float32",
  "float64",
]);

/** Units of energy and charge, in lower case (SunSpec writes both `varh` and `Varh`). */
const UNITS: ReadonlySet<string> = new Set(["wh", "vah", "varh", "ah"]);

/** Whether a point counts energy or charge, or is of a counter type. */
export function isCounterPoint({ type, units }: PointDefinition): boolean {
  return ACCUMULATOR_TYPES.has(type) ||
    (OTHER_TYPES.has(type) && UNITS.has(units?.toLowerCase() ?? ""));
}
