/**
 * Names of enum values and of bits of a bitfield. Pure.
 *
 * @module
 */

import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "./definition.ts";

/** Maximum number of bits of a bitfield. */
const BITS_MAX = 64;

/**
 * The definition of a point; undefined = the model does not have it.
 *
 * @param path path of the point, such as `St`, `module.DCSt` or `module[2].DCSt`.
 */
export function pointAt(
  definition: ModelDefinition,
  path: string,
): PointDefinition | undefined {
  const names = path.replaceAll(/\[\d+\]/g, "").split(".");
  const last = names.pop();
  let group: GroupDefinition | undefined = definition.group;
  for (const name of names) {
    group = group?.groups.find((each) => each.name === name);
  }
  return group?.points.find((each) => each.name === last);
}

/**
 * The name of an enum value; undefined = it has none.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { MODEL_103 } from "../../../models/model_103.ts";
 * import { symbolOf } from "./symbols.ts";
 *
 * strictEqual(symbolOf(MODEL_103, "St", 4), "MPPT");
 * ```
 */
export function symbolOf(
  definition: ModelDefinition,
  path: string,
  value: number,
): string | undefined {
  return pointAt(definition, path)?.symbols?.[value];
}

/**
 * The names of the set bits of a bitfield, lowest first; a bit without a name is
 * `bit_<n>`, as in the records.
 */
export function setBitNamesAt(
  definition: ModelDefinition,
  path: string,
  value: number | bigint,
): string[] {
  return setBitNames(pointAt(definition, path), value);
}

/** Like {@linkcode setBitNamesAt}, for a known point; without a point no bit has a name. */
export function setBitNames(
  point: PointDefinition | undefined,
  value: number | bigint,
): string[] {
  const names: string[] = [];
  let rest = BigInt(value);
  for (let bit = 0; bit < BITS_MAX && rest > 0n; bit++, rest >>= 1n) {
    if ((rest & 1n) === 1n) names.push(point?.symbols?.[bit] ?? `bit_${bit}`);
  }
  return names;
}
