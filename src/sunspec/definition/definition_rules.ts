/**
 * Rules that both forms of a definition share.
 *
 * @module
 */

import { type PointType, TYPE_SIZES } from "./definition.ts";

/** One fault of a definition. */
export interface DefinitionFault {
  /** Where, such as `group.groups[0].points[3].type`. */
  readonly place: string;
  /** What was found and what is expected. */
  readonly message: string;
}

/** Maximum number of points of a definition. */
export const POINTS_MAX = 10_000;
/** Maximum number of faults that are reported. */
export const FAULTS_MAX = 50;
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

/** Whether this is a valid name of a point or a group. */
export function isPointName(text: string): boolean {
  return NAME.test(text);
}

/** Whether this is the name of a SunSpec point type. */
export function isPointType(value: unknown): value is PointType {
  return typeof value === "string" && Object.hasOwn(TYPE_SIZES, value);
}
