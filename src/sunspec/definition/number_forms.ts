/**
 * Adapts definitions to devices whose numbers deviate from the specification in their
 * form. Every decoder of such a definition then reads them correctly. Pure.
 *
 * @module
 */

import { ACCUMULATOR_TYPES } from "./counter_points.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
  PointType,
} from "./definition.ts";

/** How the numbers of a device deviate; a missing key means that they do not. */
export interface NumberForms {
  /** `little` = the least significant word of a number comes first. */
  readonly wordOrder?: "big" | "little";
  /** True = the device counts in signed numbers, possibly downwards from 0. */
  readonly signedAccumulators?: boolean;
}

/** The types whose words a device may send in another order; texts and addresses are not numbers. */
const WORD_TYPES: ReadonlySet<PointType> = new Set([
  "int32",
  "uint32",
  "acc32",
  "enum32",
  "bitfield32",
  "float32",
  "int64",
  "uint64",
  "acc64",
  "bitfield64",
  "float64",
]);

const adapted = new WeakMap<ModelDefinition, Map<string, ModelDefinition>>();

/** The definition as a device with these forms uses it; computed once per form. */
export function withNumberForms(
  definition: ModelDefinition,
  { wordOrder, signedAccumulators }: NumberForms,
): ModelDefinition {
  const little = wordOrder === "little";
  const signed = signedAccumulators === true;
  if (!little && !signed) return definition;
  const known = adapted.get(definition) ?? new Map<string, ModelDefinition>();
  adapted.set(definition, known);
  const key = `${little} ${signed}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = { ...definition, group: adaptGroup(definition.group, little, signed) };
  known.set(key, made);
  return made;
}

function adaptGroup(
  group: GroupDefinition,
  little: boolean,
  signed: boolean,
): GroupDefinition {
  return {
    ...group,
    points: group.points.map((point): PointDefinition => ({
      ...point,
      ...(little && WORD_TYPES.has(point.type) ? { words: "little" } : {}),
      ...(signed && ACCUMULATOR_TYPES.has(point.type) ? { signed: true } : {}),
    })),
    groups: group.groups.map((inner) => adaptGroup(inner, little, signed)),
  };
}
