/**
 * What `read` prints: one JSON object, or a listing for people.
 *
 * @module
 */

import { visible } from "../../observability/log/format.ts";
import type { Points, PointValue } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { bitNames } from "../../sunspec/definition/symbols.ts";
import type { Draft } from "../../records/record.ts";
import type { Look } from "../shared/device_view.ts";
import { wrap } from "../terminal/table.ts";

/** The largest integer that a JSON number carries safely through any parser. */
const JSON_INTEGER_MAX = 2n ** 53n;

/**
 * One look at a device as one JSON object on one line: scaled values, null
 * where the device does not implement a point, groups as arrays of objects,
 * integers beyond 2^53 as text. Its form is docs/schemas/read.schema.json.
 */
export function toJson({ layout, models, records }: Look): string {
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
  }, (_, value: unknown) => typeof value === "bigint" ? integer(value) : value);
}

function integer(value: bigint): number | string {
  return value >= -JSON_INTEGER_MAX && value <= JSON_INTEGER_MAX
    ? Number(value)
    : value.toString();
}

/** A line for people. */
export interface ListingLine {
  /** What the line is about, the same from look to look. */
  readonly key: string;
  readonly text: string;
  /** A heading stands out. */
  readonly heading?: true;
}

/** The same for people: a line for each point, of those that the device implements or of all. */
export function toListing(look: Look, all: boolean, width = Infinity): string {
  return listLines(look, all).flatMap(({ text }) => fit(text, width))
    .map((line) => `${line}\n`).join("");
}

/** A line in as many as the width takes; all keep its indent. */
function fit(text: string, width: number): string[] {
  const [indent = ""] = /^ */.exec(text) ?? [];
  const room = width - indent.length;
  return wrap(text.slice(indent.length), room).map((line) =>
    `${indent}${line}`.trimEnd()
  );
}

/** The listing, line by line. */
export function listLines(look: Look, all: boolean): ListingLine[] {
  const { layout, models, definitions, records } = look;
  const { base, unitId, identity, oddities } = layout;
  const { manufacturer, model, serial, firmware } = identity;
  const who = [manufacturer, model].filter((part) => part !== null).join(" ");
  const lines: ListingLine[] = [];
  const add = (key: string, text: string, heading?: true): void => {
    // A device's text is no command to the terminal.
    lines.push({ key, text: visible(text), ...(heading && { heading }) });
  };
  add(
    "device",
    `${who === "" ? "(no name)" : who}, serial ${serial ?? "-"}, ` +
      `firmware ${firmware ?? "-"}; unit ${unitId}, base ${base}`,
    true,
  );
  for (const oddity of oddities) add(`oddity ${oddity}`, `! ${oddity}`);
  for (const { id, address, length, points, flags } of models) {
    const definition = definitions.get(id);
    const name = definition?.name ?? "(not a SunSpec model)";
    const key = `${address}`;
    add(`${key} gap`, "");
    add(key, `${id} ${name} at ${address}, ${length} registers`, true);
    listPoints(points, definition?.group, { indent: "  ", path: `${key} `, all, add });
    for (const { path, reason } of flags) {
      add(`${key} ! ${path} ${reason}`, `  ! ${path}: ${reason}`);
    }
  }
  for (const record of records) listRecord(record, all, add);
  return lines;
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
        add(here, `${indent}${name} ${at + 1}`);
        listPoints(one, inner, { ...listing, indent: `${indent}  `, path: here });
      });
      continue;
    }
    const point = group?.points.find((one) => one.name === name);
    if (point === undefined || HIDDEN.has(point.type)) continue;
    if (value === null && !all) continue;
    const words = value === null ? "-" : inWords(value, point);
    add(`${path}${name}`, `${indent}${name.padEnd(14)} ${words}`.trimEnd());
  }
}

/** The record that an agent would make of it, but for what only an agent knows. */
function listRecord(
  { type, source, fields }: Draft,
  all: boolean,
  add: Listing["add"],
): void {
  const key = `${type} ${source.device_id}`;
  add(`${key} gap`, "");
  add(key, `${type} ${source.device_id}: quality ${source.quality}`, true);
  listFields(fields, { indent: "  ", path: `${key} `, all, add });
  for (const flag of source.flags) add(`${key} ! ${flag}`, `  ! ${flag}`);
}

/** A line for each field; a record inside is one line, and those inside of it stand below. */
function listFields(fields: Fields, listing: Listing): void {
  const { indent, path, all, add } = listing;
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
      for (const [field, said] of Object.entries(one)) {
        if (recordsIn(said) !== undefined) below[field] = said;
        else if (said !== null || all) plains.push(`${field} ${plain(said)}`);
      }
      const here = `${path}${title}`;
      add(here, `${indent}${title}: ${plains.join(", ")}`.trimEnd());
      listFields(below, { ...listing, indent: `${indent}  `, path: `${here} ` });
    });
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The records that a field holds, one or a list of them; undefined = it holds none. */
function recordsIn(value: unknown): readonly Fields[] | undefined {
  if (isFields(value)) return [value];
  return Array.isArray(value) && value.length > 0 && value.every(isFields)
    ? value
    : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plain(value: unknown): string {
  if (value === null) return "-";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return String(value);
}

/** Of no use to people: what they say is in the values already. */
const HIDDEN: ReadonlySet<string> = new Set(["sunssf", "pad"]);

function inWords(value: PointValue, point: PointDefinition): string {
  if (typeof value === "number" && point.type.startsWith("enum")) {
    const symbol = point.symbols?.[value];
    return symbol === undefined ? `${value}` : `${value} (${symbol})`;
  }
  if (
    point.type.startsWith("bitfield") && typeof value !== "string" && value !== null
  ) {
    const names = bitNames(point, value);
    return names.length === 0 ? "0" : names.join(" ");
  }
  return `${value} ${point.units ?? ""}`;
}

function isGroups(value: PointValue | readonly Points[]): value is readonly Points[] {
  return Array.isArray(value);
}
