/**
 * Searches the points of a model and of its groups. Pure.
 *
 * @module
 */

import type { Points } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";

/** Selects among a group's own points. */
export type PointSelector = (group: GroupDefinition) => readonly PointDefinition[];

/** Whether a group or a group inside it has one of the selected points. */
export function hasPoints(group: GroupDefinition, select: PointSelector): boolean {
  return select(group).length > 0 ||
    group.groups.some((each) => hasPoints(each, select));
}

/** Whether one of the selected points has a number other than 0. */
export function hasNonZero(
  points: Points,
  group: GroupDefinition,
  select: PointSelector,
): boolean {
  const own = select(group).some(({ name }) => {
    const value = points[name];
    return (typeof value === "number" || typeof value === "bigint") &&
      Number(value) !== 0;
  });
  return own || group.groups.some((inner) => {
    const instances = points[inner.name];
    return isGroups(instances) &&
      instances.some((each) => hasNonZero(each, inner, select));
  });
}

/** Whether a value is the instances of a group. */
export function isGroups(
  value: Points[string] | undefined,
): value is readonly Points[] {
  return Array.isArray(value);
}
