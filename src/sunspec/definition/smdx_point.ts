/**
 * Reads the points of an SMDX block.
 *
 * @module
 */

import { type PointDefinition, type PointType, TYPE_SIZES } from "./definition.ts";
import { isPointType, POINTS_MAX, SCALE_LIMIT } from "./json_definition.ts";
import { attributeOf, type Notes, show, wholeOf } from "./smdx_problems.ts";
import type { XmlElement } from "./xml.ts";

const OFFSET_MAX = 65_534;
const SIZE_MAX = 65_535;
const SYMBOL_MAX = 2 ** 32 - 1;

/** The points that a block finds there already. */
export interface Around {
  /** In the same group, before the block. */
  readonly siblings: readonly PointDefinition[];
  /** In the group around. */
  readonly outer: readonly PointDefinition[];
}

/** A point with the element that says it. */
interface Placed {
  readonly point: PointDefinition;
  readonly element: XmlElement;
}

/**
 * Reads a block's points.
 *
 * Each stands where its `offset` says, or after the one before it where it says
 * none; registers between them that no point has are left as a gap.
 *
 * @returns the points in register order, offsets from the block's start.
 */
export function parsePoints(
  elements: readonly XmlElement[],
  around: Around,
  notes: Notes,
): PointDefinition[] {
  const placed: Placed[] = [];
  let next = 0;
  for (const element of elements) {
    if (placed.length >= POINTS_MAX) {
      notes.add(element, "", `comes after ${POINTS_MAX} points, which is the most`);
      break;
    }
    const point = parsePoint(element, next, notes);
    if (point === undefined) continue;
    placed.push({ point, element });
    next = point.offset + point.size;
  }
  placed.sort((a, b) => a.point.offset - b.point.offset);
  checkOverlaps(placed, notes);
  checkNames(placed, around, notes);
  checkScales(placed, around, notes);
  return placed.map(({ point }) => point);
}

function parsePoint(
  element: XmlElement,
  next: number,
  notes: Notes,
): PointDefinition | undefined {
  const id = attributeOf(element, "id");
  if (id === undefined) {
    notes.add(element, "id", "is missing, must be the point's name");
  }
  const name = notes.name(element, "id", id ?? "unnamed");
  const type = attributeOf(element, "type");
  if (type === undefined || !isPointType(type)) {
    const found = type === undefined ? "missing" : show(type);
    notes.add(element, "type", `is ${found}, must be a point type of SunSpec`);
    return undefined;
  }
  const size = parseSize(element, type, notes);
  const offset = wholeOf(element, "offset", 0, OFFSET_MAX, notes) ?? next;
  const scale = parseScale(element, notes);
  // As written, blanks and all: so does the JSON form have it.
  const units = element.attributes.get("units") ?? "";
  const symbols = parseSymbols(element, notes);
  return {
    name,
    type,
    size,
    offset,
    ...(scale === undefined ? {} : { scale }),
    ...(units.trim() === "" ? {} : { units }),
    ...(symbols === undefined ? {} : { symbols }),
    ...(isMandatory(element, notes) ? { mandatory: true } : {}),
  };
}

function parseSize(element: XmlElement, type: PointType, notes: Notes): number {
  const own = TYPE_SIZES[type];
  const said = wholeOf(element, "len", 1, SIZE_MAX, notes);
  if (own > 0) {
    if (said !== undefined && said !== own) {
      notes.add(element, "len", `is ${said}, but ${type} takes ${own}`);
    }
    return own;
  }
  if (attributeOf(element, "len") === undefined) {
    notes.add(element, "len", "is missing, must be the registers of the text");
  }
  return said ?? 1;
}

function parseScale(element: XmlElement, notes: Notes): string | number | undefined {
  const text = attributeOf(element, "sf");
  if (text === undefined || !/^[+-]?\d/.test(text)) return text;
  return wholeOf(element, "sf", -SCALE_LIMIT, SCALE_LIMIT, notes);
}

function parseSymbols(
  element: XmlElement,
  notes: Notes,
): Record<number, string> | undefined {
  const symbols: Record<number, string> = {};
  for (const child of element.children) {
    if (child.name !== "symbol") continue;
    const name = attributeOf(child, "id");
    const text = child.text.trim();
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (name === undefined) notes.add(child, "id", "is missing, must be its name");
    else if (!(value <= SYMBOL_MAX)) {
      notes.add(child, "", `is ${show(text)}, must be a whole value from 0 on`);
    } else symbols[value] ??= name;
  }
  return Object.keys(symbols).length === 0 ? undefined : symbols;
}

/** `xs:boolean` of XML Schema. */
function isMandatory(element: XmlElement, notes: Notes): boolean {
  const text = attributeOf(element, "mandatory") ?? "false";
  if (text === "true" || text === "1") return true;
  if (text !== "false" && text !== "0") {
    notes.add(element, "mandatory", `is ${show(text)}, must be true or false`);
  }
  return false;
}

function checkOverlaps(placed: readonly Placed[], notes: Notes): void {
  for (const [index, { point, element }] of placed.entries()) {
    const before = placed[index - 1]?.point;
    if (before === undefined || before.offset + before.size <= point.offset) continue;
    notes.add(
      element,
      "offset",
      `is ${point.offset}, but ${before.name} takes the registers up to ${
        before.offset + before.size - 1
      }`,
    );
  }
}

function checkNames(
  placed: readonly Placed[],
  { siblings }: Around,
  notes: Notes,
): void {
  const seen = new Set(siblings.map(({ name }) => name));
  for (const { point, element } of placed) {
    if (seen.has(point.name)) {
      notes.add(
        element,
        "id",
        `is ${show(point.name)}, as is the name of another point`,
      );
    }
    seen.add(point.name);
  }
}

/** A scale factor's name must lead to a `sunssf` point, in its own group or further out. */
function checkScales(
  placed: readonly Placed[],
  { siblings, outer }: Around,
  notes: Notes,
): void {
  const known = new Map<string, PointType>();
  const own = placed.map(({ point }) => point);
  // The nearer one hides one of the same name further out.
  for (const { name, type } of [...outer, ...siblings, ...own]) known.set(name, type);
  for (const { point, element } of placed) {
    if (typeof point.scale !== "string") continue;
    const type = known.get(point.scale);
    if (type === "sunssf") continue;
    notes.add(
      element,
      "sf",
      type === undefined
        ? `names the point ${show(point.scale)}, which its blocks do not have`
        : `names the point ${show(point.scale)}, which is ${type} and not sunssf`,
    );
  }
}
