/**
 * What `read` prints: one JSON object, or a listing for people.
 *
 * @module
 */

import type { DeviceLayout } from "../discovery/layout.ts";
import type { DecodedModel, Points, PointValue } from "../sunspec/decode.ts";
import type { GroupDefinition, ModelDefinition } from "../sunspec/definition.ts";

/** A model as it was found and decoded; an unknown one has no definition. */
export interface ReadModel {
  readonly decoded: DecodedModel;
  readonly definition?: ModelDefinition;
}

/** The largest integer that a JSON number carries safely through any parser. */
const JSON_INTEGER_MAX = 2n ** 53n;

/**
 * One look at a device as one JSON object on one line: scaled values, null
 * where the device does not implement a point, groups as arrays of objects,
 * integers beyond 2^53 as text.
 */
export function toJson(layout: DeviceLayout, models: readonly ReadModel[]): string {
  const { base, unitId, identity } = layout;
  return JSON.stringify({
    base,
    unitId,
    manufacturer: identity.manufacturer,
    model: identity.model,
    serial: identity.serial,
    models: models.map(({ decoded: { id, address, length, points } }) => ({
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
export function toListing(layout: DeviceLayout, models: readonly ReadModel[]): string {
  const { base, unitId, identity } = layout;
  const who = [identity.manufacturer, identity.model].filter((part) => part !== null);
  const lines = [
    `${who.length > 0 ? who.join(" ") : "(no name)"}, serial ${
      identity.serial ?? "-"
    }, ` +
    `firmware ${identity.firmware ?? "-"}; unit ${unitId}, base ${base}`,
  ];
  for (const { decoded, definition } of models) {
    const { id, address, length, points, flags } = decoded;
    const name = definition?.name ?? "(not a SunSpec model)";
    lines.push("", `${id} ${name} at ${address}, ${length} registers`);
    listPoints(points, definition?.group, "  ", lines);
    for (const { path, reason } of flags) lines.push(`  ! ${path}: ${reason}`);
  }
  return lines.join("\n") + "\n";
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
    if (point?.type === "sunssf" || point?.type === "pad") continue;
    const symbol = typeof value === "number" && point?.type.startsWith("enum")
      ? point.symbols?.[value]
      : undefined;
    const text = `${value}${symbol === undefined ? "" : ` (${symbol})`}`;
    lines.push(`${indent}${name.padEnd(14)} ${text} ${point?.units ?? ""}`.trimEnd());
  }
}

function isGroups(value: PointValue | readonly Points[]): value is readonly Points[] {
  return Array.isArray(value);
}
