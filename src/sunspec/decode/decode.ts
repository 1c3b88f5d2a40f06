/**
 * Decodes the registers of a model into values. Pure.
 *
 * @module
 */

import type { ModelLocation } from "../chain.ts";
import type { ModelDefinition } from "../definition/definition.ts";
import type { DecodedModel, FaultySpan, Points } from "./decoded.ts";
import { groupIndexOf, type MutablePoints } from "./group_index.ts";
import { type ModelReading, readModel } from "./model_reading.ts";
import type { Registers } from "./point.ts";
import { type InstanceSlots, pointTableOf } from "./point_table.ts";
import { type RegisterSource, singleReadSource } from "./register_source.ts";

export {
  type DecodedModel,
  type DecodeFlag,
  type DecodeReason,
  type FrameFault,
  isModel,
  type PlausibilityReason,
  type Points,
  type PointValue,
  type TypedModel,
} from "./decoded.ts";
export type { Registers } from "./point.ts";

/**
 * Decodes a model that was read in one request.
 *
 * @param at location of the model. L is authoritative: points that are entirely
 * within L are decoded, others are null, and an L that does not match the
 * definition is flagged.
 * @param registers registers of the model, starting with its header; null (or
 * absent) = could not be read.
 * @returns every defined point; never throws, for any registers.
 */
export function decodeModel(
  definition: ModelDefinition,
  at: ModelLocation,
  registers: Registers,
): DecodedModel {
  return decodeFrom(definition, at, singleReadSource(registers));
}

/**
 * Decodes a model whose registers were read in one or several requests.
 *
 * @param faulty registers that cannot be a measurement: see `readModel`.
 */
export function decodeFrom(
  definition: ModelDefinition,
  at: ModelLocation,
  source: RegisterSource,
  faulty: readonly FaultySpan[] = [],
): DecodedModel {
  const table = pointTableOf(definition, at.length, source);
  return toNamed(readModel(table, at, source, faulty));
}

/** A reading with its values by name. */
export function toNamed(
  { id, address, length, table, values, flags }: ModelReading,
): DecodedModel {
  return { id, address, length, points: pointsOf(table.top, values), flags };
}

/** The values of a group instance and of the groups inside it. */
function pointsOf(
  { group, first, groups }: InstanceSlots,
  values: ModelReading["values"],
): Points {
  const points: MutablePoints = { ...groupIndexOf(group).blank };
  for (const [nth, { name }] of group.points.entries()) {
    points[name] = values[first + nth] ?? null;
  }
  for (const [nth, { name }] of group.groups.entries()) {
    points[name] = (groups[nth] ?? []).map((instance) => pointsOf(instance, values));
  }
  return points;
}
