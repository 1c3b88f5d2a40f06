/**
 * How the agent's records of a reading are listed.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import type { Draft } from "../../records/record.ts";
import type { Points } from "../../sunspec/decode/decode.ts";
import type { GroupDefinition } from "../../sunspec/definition/definition.ts";
import type { DeviceView } from "../device/device_view.ts";
import { shortestFloat32 } from "./float32_text.ts";
import { listFlagLines, type Listing } from "./listed_flags.ts";
import { areInstances } from "./listed_points.ts";

/**
 * The float32 values of the points and their texts. A record has them as doubles; its
 * listing shows the same text as that of the point.
 */
export function float32Texts(
  { models, definitions }: DeviceView,
): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  const visit = (points: Points, group: GroupDefinition): void => {
    for (const { name, type } of group.points) {
      const value = points[name];
      if (type === "float32" && typeof value === "number") {
        texts.set(value, shortestFloat32(value));
      }
    }
    for (const inner of group.groups) {
      const instances = points[inner.name];
      if (instances !== undefined && areInstances(instances)) {
        for (const one of instances) visit(one, inner);
      }
    }
  };
  for (const { id, points } of models) {
    const definition = definitions.get(id);
    if (definition !== undefined) visit(points, definition.group);
  }
  return texts;
}

/** Lists a record of the agent, without the fields that only the agent knows. */
export function listRecord(
  { type, source, fields }: Draft,
  floats: ReadonlyMap<number, string>,
  all: boolean,
  add: Listing["add"],
): void {
  const key = `${type} ${source.device_id}`;
  add(`${key} gap`, "");
  add(key, `${type} ${source.device_id}: quality ${source.quality}`, true);
  const listing = { indent: "  ", path: `${key} `, all, add };
  listFields(fields, floats, listing);
  const flags = source.flags.map((flag) => {
    const at = flag.lastIndexOf(":");
    return { path: flag.slice(0, at), reason: flag.slice(at + 1) };
  });
  listFlagLines(flags, listing);
}

/** Lists the fields: one line each; a nested record is one line, with its own nested records below. */
function listFields(
  fields: Fields,
  floats: ReadonlyMap<number, string>,
  listing: Listing,
): void {
  const { indent, path, all, add } = listing;
  const plain = (value: unknown): string => describeField(value, floats);
  for (const [name, value] of Object.entries(fields)) {
    const inner = recordsIn(value);
    if (inner === undefined) {
      if (value === null && !all) continue;
      add(`${path}${name}`, `${indent}${name.padEnd(28)} ${plain(value)}`);
      continue;
    }
    inner.forEach((one, at) => {
      const title = Array.isArray(value) ? `${name} ${at + 1}` : name;
      const plains: string[] = [];
      const below: Record<string, unknown> = {};
      for (const [field, item] of Object.entries(one)) {
        if (recordsIn(item) !== undefined) below[field] = item;
        else if (item !== null || all) plains.push(`${field} ${plain(item)}`);
      }
      const here = `${path}${title}`;
      add(here, `${indent}${title}: ${plains.join(", ")}`.trimEnd());
      listFields(below, floats, {
        ...listing,
        indent: `${indent}  `,
        path: `${here} `,
      });
    });
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The nested records of a field (one, or a list); undefined if it has none. */
function recordsIn(value: unknown): readonly Fields[] | undefined {
  if (isObject(value)) return [value];
  return Array.isArray(value) && value.length > 0 && value.every(isObject)
    ? value
    : undefined;
}

function describeField(value: unknown, floats: ReadonlyMap<number, string>): string {
  if (value === null) return "-";
  if (typeof value === "number") return floats.get(value) ?? String(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return String(value);
}
