/**
 * Errors of SunSpec's JSON definitions that are corrected when the models are generated;
 * docs/definitions.md describes each.
 *
 * @module
 */

import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../../src/sunspec/definition/definition.ts";

/** A point of a model's top-level group and its corrected symbols. */
interface Correction {
  readonly model: number;
  readonly point: string;
  readonly symbols: PointDefinition["symbols"];
}

const CORRECTIONS: readonly Correction[] = [
  // A bitfield of one bit, described as "disconnected=0 connected=1". The JSON form lists
  // both values as bits; the XML form names bit 0 CONNECTED.
  { model: 122, point: "ECPConn", symbols: { 0: "CONNECTED" } },
];

/** The definition with its known errors corrected. */
export function corrected(model: ModelDefinition): ModelDefinition {
  const own = CORRECTIONS.filter((each) => each.model === model.id);
  if (own.length === 0) return model;
  const points = model.group.points.map((point) => {
    const symbols = own.find((each) => each.point === point.name)?.symbols;
    return symbols === undefined ? point : { ...point, symbols };
  });
  const group: GroupDefinition = { ...model.group, points };
  return { ...model, group };
}
