/**
 * The output of `read`: one JSON object, or a listing for people.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { visible } from "../../observability/log/format.ts";
import type { Points, PointValue } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { setBitNames } from "../../sunspec/definition/symbols.ts";
import type { Draft } from "../../records/record.ts";
import type { DeviceView } from "../device/device_view.ts";
import { wrap } from "../terminal/text.ts";
import { shortestFloat32 } from "./float32_text.ts";
import { usualUnit } from "./units.ts";

/** The largest integer that every JSON parser reads without loss (RFC 8259, section 6). */
const JSON_INTEGER_MAX = 2n ** 53n;

/**
 * Renders a reading as one line of JSON: scaled values, null for points that the
 * device does not implement, groups as arrays of objects, integers beyond 2^53 as
 * text. The schema is docs/schemas/read.schema.json.
 */
export function toJson({ layout, models, records }: DeviceView): string {
  const { base, unitId, functionCode, identity, oddities } = layout;
  return JSON.stringify({
    base,
    unitId,
    functionCode,
    manufacturer: identity.manufacturer,
    model: identity.model,
    version: identity.firmware,
    serial: identity.serial,
    oddities,
    models: models.map(({ id, address, length, points, flags }) => {
      return { id, address, length, points, flags };
    }),
    records: records.map(({ type, source, fields }) => ({
      type,
      deviceId: source.device_id,
      quality: source.quality,
      flags: source.flags,
      fields,
    })),
  }, (_, value: unknown) => typeof value === "bigint" ? toJsonInteger(value) : value);
}

function toJsonInteger(value: bigint): number | string {
  return value >= -JSON_INTEGER_MAX && value <= JSON_INTEGER_MAX
    ? Number(value)
    : value.toString();
}

/** A line of the listing. */
export interface ListingLine {
  /** Identifies the content of the line across readings. */
  readonly key: string;
  readonly text: string;
  /** Whether the line is a heading. */
  readonly heading?: true;
}

/**
 * Renders the listing: a line for each point.
 *
 * @param all includes points that the device does not implement.
 * @param width lines are wrapped to this width.
 */
export function toListing(view: DeviceView, all: boolean, width = Infinity): string {
  return listLines(view, all).flatMap(({ text }) => wrapIndented(text, width))
    .map((line) => `${line}\n`).join("");
}

/** Wraps a line; the indent is kept. */
function wrapIndented(text: string, width: number): string[] {
  const [indent = ""] = /^ */.exec(text) ?? [];
  const textWidth = width - indent.length;
  return wrap(text.slice(indent.length), textWidth).map((line) =>
    `${indent}${line}`.trimEnd()
  );
}

/** Returns the lines of the listing. */
export function listLines(view: DeviceView, all: boolean): ListingLine[] {
  const { layout, models, definitions, records } = view;
  const { base, unitId, identity, oddities } = layout;
  const { manufacturer, model, serial, firmware } = identity;
  const name = [manufacturer, model].filter((part) => part !== null).join(" ");
  const lines: ListingLine[] = [];
  const add = (key: string, text: string, heading?: true): void => {
    // Text from a device must not control the terminal.
    lines.push({ key, text: visible(text), ...(heading && { heading }) });
  };
  add(
    "device",
    `${name === "" ? "(unnamed)" : name}, serial ${serial ?? "-"}, ` +
      `firmware ${firmware ?? "-"}; unit ${unitId}, base ${base}`,
    true,
  );
  for (const oddity of oddities) add(`oddity ${oddity}`, `! ${oddity}`);
  for (const { id, address, length, points, flags } of models) {
    const definition = definitions.get(id);
    const title = definition?.name ?? "(not a SunSpec model)";
    const key = `${address}`;
    add(`${key} gap`, "");
    add(key, `${id} ${title} at ${address}, ${length} registers`, true);
    listPoints(points, definition?.group, { indent: "  ", path: `${key} `, all, add });
    listFlags(flags, { indent: "  ", path: `${key} `, all, add });
  }
  const floats = float32Texts(view);
  for (const record of records) listRecord(record, floats, all, add);
  return lines;
}

/** Number of unread points that are listed by name, unless all are asked for. */
const UNREAD_SHOWN = 5;

/** Lists the flags, a line each; what was not read is one line. */
function listFlags(
  flags: readonly { readonly path: string; readonly reason: string }[],
  { indent, path: key, all, add }: Listing,
): void {
  const unread = flags.filter(({ reason }) => reason === "register-unread")
    .map(({ path }) => path);
  for (const { path, reason } of flags) {
    if (reason === "register-unread") continue;
    const place = path === "" ? "whole model" : path;
    add(`${key}! ${path} ${reason}`, `${indent}! ${place}: ${reason}`);
  }
  if (unread.length === 0) return;
  const shown = all ? unread : unread.slice(0, UNREAD_SHOWN);
  const more = unread.length - shown.length;
  add(
    `${key}! register-unread`,
    `${indent}! not read: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  );
}

/**
 * The float32 values of the points and their texts. A record has them as doubles; its
 * listing shows the same text as that of the point.
 */
function float32Texts(
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
      if (instances !== undefined && isGroups(instances)) {
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

interface Listing {
  readonly indent: string;
  readonly path: string;
  readonly all: boolean;
  readonly add: (key: string, text: string, heading?: true) => void;
}

function listPoints(
  points: Points,
  group: GroupDefinition | undefined,
  listing: Listing,
): void {
  const { indent, path, all, add } = listing;
  for (const [name, value] of Object.entries(points)) {
    if (isGroups(value)) {
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

/** Lists a record of the agent, without the fields that only the agent knows. */
function listRecord(
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
  listFlags(flags, listing);
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

function isGroups(value: PointValue | readonly Points[]): value is readonly Points[] {
  return Array.isArray(value);
}
