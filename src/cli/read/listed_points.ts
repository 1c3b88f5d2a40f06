/**
 * How the points of a model are listed.
 *
 * @module
 */

import type { Points, PointValue } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { setBitNames } from "../../sunspec/definition/symbols.ts";
import { shortestFloat32 } from "./float32_text.ts";
import type { Listing } from "./listed_flags.ts";
import { usualUnit } from "./units.ts";

/** Lists the points of a group that have a value, and its inner groups. */
export function listPoints(
  points: Points,
  group: GroupDefinition | undefined,
  listing: Listing,
): void {
  const { indent, path, all, add } = listing;
  for (const [name, value] of Object.entries(points)) {
    if (areInstances(value)) {
      const inner = group?.groups.find((one) => one.name === name);
      value.forEach((one, at) => {
        const here = `${path}${name}[${at}].`;
        const lines: Parameters<typeof add>[] = [];
        listPoints(one, inner, {
          indent: `${indent}  `,
          path: here,
          all,
          add: (...line) => lines.push(line),
        });
        // A group without a value is not listed.
        if (lines.length === 0) return;
        add(
          here,
          inner?.count === 1 ? `${indent}${name}` : `${indent}${name} ${at + 1}`,
        );
        for (const line of lines) add(...line);
      });
      continue;
    }
    const point = group?.points.find((one) => one.name === name);
    if (point === undefined || HIDDEN.has(point.type)) continue;
    if (value === null && !all) continue;
    const shown = value === null ? "-" : describeValue(value, point);
    add(`${path}${name}`, `${indent}${name.padEnd(14)} ${shown}`.trimEnd());
  }
}

/** Types of points that are not listed: their effect is part of other values. */
const HIDDEN: ReadonlySet<string> = new Set(["sunssf", "pad"]);

function describeValue(value: PointValue, point: PointDefinition): string {
  if (typeof value === "number" && point.type.startsWith("enum")) {
    const symbol = point.symbols?.[value];
    return symbol === undefined ? `${value}` : `${value} (${symbol})`;
  }
  if (
    point.type.startsWith("bitfield") && typeof value !== "string" && value !== null
  ) {
    const names = setBitNames(point, value);
    return names.length === 0 ? "0" : names.join(" ");
  }
  const isFloat32 = point.type === "float32" && typeof value === "number";
  const text = isFloat32 ? shortestFloat32(value) : String(value);
  return `${text} ${usualUnit(point.units ?? "")}`;
}

/** True for the instances of an inner group. */
export function areInstances(
  value: PointValue | readonly Points[],
): value is readonly Points[] {
  return Array.isArray(value);
}
