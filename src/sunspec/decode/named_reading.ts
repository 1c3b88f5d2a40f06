/**
 * Turns values by name back into a reading: the inverse of `toNamed`.
 *
 * @module
 */

import type { GroupDefinition, ModelDefinition } from "../definition/definition.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import type { DecodedModel, Points, PointValue } from "./decoded.ts";
import type { ModelReading } from "./model_reading.ts";
import type { InstanceSlots, PointSlot } from "./point_table.ts";

/**
 * The reading of a decoded model. Its table belongs to this reading alone, and knows the
 * names of the points but not their registers.
 */
export function readingOf(
  definition: ModelDefinition,
  { id, address, length, points, flags }: DecodedModel,
): ModelReading {
  const slots: PointSlot[] = [];
  const values: PointValue[] = [];
  const top = addInstance({ slots, values }, definition.group, points, "");
  const table = {
    definition,
    limit: MODEL_HEADER_SIZE + length,
    slots,
    scales: [],
    top,
    layoutFlags: [],
    byPath: new Map(slots.map(({ path }, slot) => [path, slot])),
    counted: undefined,
    windows: [],
    watched: [],
  };
  return { id, address, length, table, values, flags };
}

interface NamedValues {
  readonly slots: PointSlot[];
  readonly values: PointValue[];
}

function addInstance(
  named: NamedValues,
  group: GroupDefinition,
  points: Points,
  path: string,
): InstanceSlots {
  const { slots, values } = named;
  const first = slots.length;
  for (const point of group.points) {
    const { name, offset } = point;
    const value = points[name] ?? null;
    slots.push({
      point,
      path: `${path}${name}`,
      offset,
      window: -1,
      at: 0,
      isShort: false,
      scale: -1,
    });
    values.push(isGroups(value) ? null : value);
  }
  const groups = group.groups.map((inner) => {
    const instances = points[inner.name] ?? [];
    return isGroups(instances)
      ? instances.map((each, index) =>
        addInstance(named, inner, each, `${path}${inner.name}[${index}].`)
      )
      : [];
  });
  return { group, path, first, groups };
}

function isGroups(value: PointValue | readonly Points[]): value is readonly Points[] {
  return Array.isArray(value);
}
