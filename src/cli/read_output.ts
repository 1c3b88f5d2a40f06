/**
 * What `read` prints: one JSON object, or a listing for people.
 *
 * @module
 */

import type { DeviceLayout } from "../discovery/layout.ts";
import type { DecodedModel, Points, PointValue } from "../sunspec/decode.ts";
import { visible } from "../observe/format.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../sunspec/definition.ts";

/** The largest integer that a JSON number carries safely through any parser. */
const JSON_INTEGER_MAX = 2n ** 53n;

/**
 * One look at a device as one JSON object on one line: scaled values, null
 * where the device does not implement a point, groups as arrays of objects,
 * integers beyond 2^53 as text.
 */
export function toJson(
  layout: DeviceLayout,
  models: readonly DecodedModel[],
): string {
  const { base, unitId, identity } = layout;
  return JSON.stringify({
    base,
    unitId,
    manufacturer: identity.manufacturer,
    model: identity.model,
    serial: identity.serial,
    models: models.map(({ id, address, length, points }) => ({
      id,
      address,
      length,
      points,
    })),
  }, (_, value: unknown) => typeof value === "bigint" ? integer(value) : value);
}

function integer(value: bigint): number | string {
  return value >= -JSON_INTEGER_MAX && value <= JSON_INTEGER_MAX
    ? Number(value)
    : value.toString();
}

/** The same for people: a line for each point that the device implements. */
export function toListing(
  layout: DeviceLayout,
  models: readonly DecodedModel[],
  definitions: ReadonlyMap<number, ModelDefinition>,
): string {
  const { base, unitId, identity, oddities } = layout;
  const { manufacturer, model, serial, firmware } = identity;
  const who = [manufacturer, model].filter((part) => part !== null).join(" ");
  const lines = [
    `${who === "" ? "(no name)" : who}, serial ${serial ?? "-"}, ` +
    `firmware ${firmware ?? "-"}; unit ${unitId}, base ${base}`,
    ...oddities.map((oddity) => `! ${oddity}`),
  ];
  for (const { id, address, length, points, flags } of models) {
    const definition = definitions.get(id);
    const name = definition?.name ?? "(not a SunSpec model)";
    lines.push("", `${id} ${name} at ${address}, ${length} registers`);
    listPoints(points, definition?.group, "  ", lines);
    for (const { path, reason } of flags) lines.push(`  ! ${path}: ${reason}`);
  }
  // A device's text is no command to the terminal.
  return lines.map((line) => `${visible(line)}\n`).join("");
}

function listPoints(
  points: Points,
  group: GroupDefinition | undefined,
  indent: string,
  lines: string[],
): void {
  for (const [name, value] of Object.entries(points)) {
    if (value === null) continue;
    if (isGroups(value)) {
      const inner = group?.groups.find((one) => one.name === name);
      value.forEach((one, at) => {
        lines.push(`${indent}${name} ${at + 1}`);
        listPoints(one, inner, `${indent}  `, lines);
      });
      continue;
    }
    const point = group?.points.find((one) => one.name === name);
    if (point === undefined || HIDDEN.has(point.type)) continue;
    lines.push(`${indent}${name.padEnd(14)} ${inWords(value, point)}`.trimEnd());
  }
}

/** Of no use to people: what they say is in the values already. */
const HIDDEN: ReadonlySet<string> = new Set(["sunssf", "pad"]);

function inWords(value: PointValue, point: PointDefinition): string {
  if (typeof value === "number" && point.type.startsWith("enum")) {
    const symbol = point.symbols?.[value];
    return symbol === undefined ? `${value}` : `${value} (${symbol})`;
  }
  return `${value} ${point.units ?? ""}`;
}

function isGroups(value: PointValue | readonly Points[]): value is readonly Points[] {
  return Array.isArray(value);
}
