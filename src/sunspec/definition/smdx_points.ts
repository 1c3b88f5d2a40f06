/**
 * Converts the points of an SMDX block. Pure.
 *
 * @module
 */

import { type PointDefinition, type PointType, TYPE_SIZES } from "./definition.ts";
import { isPointType, POINTS_MAX } from "./definition_rules.ts";
import { SCALE_LIMIT } from "../spec.ts";
import {
  attributeOf,
  integerAttribute,
  quoteText,
  type SmdxFaults,
} from "./smdx_faults.ts";
import type { XmlElement } from "./xml.ts";

const OFFSET_MAX = 65_534;
const SIZE_MAX = 65_535;
const SYMBOL_MAX = 2 ** 32 - 1;

/** The points that precede or enclose a block. */
export interface EnclosingPoints {
  /** In the same group, before the block. */
  readonly siblings: readonly PointDefinition[];
  /** In the enclosing group. */
  readonly outer: readonly PointDefinition[];
}

/** A point and the element that defines it. */
interface ParsedPoint {
  readonly point: PointDefinition;
  readonly element: XmlElement;
}

/**
 * Converts the points of a block.
 *
 * A point without an `offset` follows the previous point. Registers without a point
 * remain as a gap.
 *
 * @returns the points in register order; offsets are relative to the start of the block.
 */
export function parseSmdxPoints(
  elements: readonly XmlElement[],
  around: EnclosingPoints,
  faults: SmdxFaults,
): PointDefinition[] {
  const placed: ParsedPoint[] = [];
  let next = 0;
  for (const element of elements) {
    if (placed.length >= POINTS_MAX) {
      faults.add(element, "", `exceeds the maximum of ${POINTS_MAX} points`);
      break;
    }
    const point = parsePoint(element, next, faults);
    if (point === undefined) continue;
    placed.push({ point, element });
    next = point.offset + point.size;
  }
  placed.sort((a, b) => a.point.offset - b.point.offset);
  checkOverlaps(placed, faults);
  checkNames(placed, around, faults);
  checkScales(placed, around, faults);
  return placed.map(({ point }) => point);
}

function parsePoint(
  element: XmlElement,
  next: number,
  faults: SmdxFaults,
): PointDefinition | undefined {
  const id = attributeOf(element, "id");
  if (id === undefined) {
    faults.add(element, "id", "is missing; expected the name of the point");
  }
  const name = faults.checkedName(element, "id", id ?? "unnamed");
  const type = attributeOf(element, "type");
  if (type === undefined || !isPointType(type)) {
    const found = type === undefined ? "missing" : quoteText(type);
    faults.add(element, "type", `is ${found}; expected a point type of SunSpec`);
    return undefined;
  }
  const size = parseSize(element, type, faults);
  const offset = integerAttribute(element, "offset", 0, OFFSET_MAX, faults) ?? next;
  const scale = parseScale(element, faults);
  // The text is not trimmed; the JSON form is not trimmed either.
  const units = element.attributes.get("units") ?? "";
  const symbols = parseSymbols(element, faults);
  return {
    name,
    type,
    size,
    offset,
    ...(scale === undefined ? {} : { scale }),
    ...(units.trim() === "" ? {} : { units }),
    ...(symbols === undefined ? {} : { symbols }),
    ...(isMandatory(element, faults) ? { mandatory: true } : {}),
  };
}

function parseSize(element: XmlElement, type: PointType, faults: SmdxFaults): number {
  const own = TYPE_SIZES[type];
  const length = integerAttribute(element, "len", 1, SIZE_MAX, faults);
  if (own > 0) {
    if (length !== undefined && length !== own) {
      faults.add(element, "len", `is ${length}; expected ${own} for ${type}`);
    }
    return own;
  }
  if (attributeOf(element, "len") === undefined) {
    faults.add(
      element,
      "len",
      "is missing; expected the number of registers of the text",
    );
  }
  return length ?? 1;
}

function parseScale(
  element: XmlElement,
  faults: SmdxFaults,
): string | number | undefined {
  const text = attributeOf(element, "sf");
  if (text === undefined || !/^[+-]?\d/.test(text)) return text;
  return integerAttribute(element, "sf", -SCALE_LIMIT, SCALE_LIMIT, faults);
}

function parseSymbols(
  element: XmlElement,
  faults: SmdxFaults,
): Record<number, string> | undefined {
  const symbols: Record<number, string> = {};
  for (const child of element.children) {
    if (child.name !== "symbol") continue;
    const name = attributeOf(child, "id");
    const text = child.text.trim();
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (name === undefined) faults.add(child, "id", "is missing; expected a name");
    else if (!(value <= SYMBOL_MAX)) {
      faults.add(child, "", `is ${quoteText(text)}; expected an integer of 0 or more`);
    } else symbols[value] ??= name;
  }
  return Object.keys(symbols).length === 0 ? undefined : symbols;
}

/** `xs:boolean` of XML Schema. */
function isMandatory(element: XmlElement, faults: SmdxFaults): boolean {
  const text = attributeOf(element, "mandatory") ?? "false";
  if (text === "true" || text === "1") return true;
  if (text !== "false" && text !== "0") {
    faults.add(element, "mandatory", `is ${quoteText(text)}; expected true or false`);
  }
  return false;
}

function checkOverlaps(placed: readonly ParsedPoint[], faults: SmdxFaults): void {
  for (const [index, { point, element }] of placed.entries()) {
    const before = placed[index - 1]?.point;
    if (before === undefined || before.offset + before.size <= point.offset) continue;
    faults.add(
      element,
      "offset",
      `is ${point.offset}, but ${before.name} takes the registers up to ${
        before.offset + before.size - 1
      }`,
    );
  }
}

function checkNames(
  placed: readonly ParsedPoint[],
  { siblings }: EnclosingPoints,
  faults: SmdxFaults,
): void {
  const seen = new Set(siblings.map(({ name }) => name));
  for (const { point, element } of placed) {
    if (seen.has(point.name)) {
      faults.add(
        element,
        "id",
        `is ${quoteText(point.name)}, which is the name of another point`,
      );
    }
    seen.add(point.name);
  }
}

/** A scale factor must be a `sunssf` point in its own group or in the enclosing one. */
function checkScales(
  placed: readonly ParsedPoint[],
  { siblings, outer }: EnclosingPoints,
  faults: SmdxFaults,
): void {
  const known = new Map<string, PointType>();
  const own = placed.map(({ point }) => point);
  // A point of the own group hides one with the same name in the enclosing group.
  for (const { name, type } of [...outer, ...siblings, ...own]) known.set(name, type);
  for (const { point, element } of placed) {
    if (typeof point.scale !== "string") continue;
    const type = known.get(point.scale);
    if (type === "sunssf") continue;
    faults.add(
      element,
      "sf",
      type === undefined
        ? `refers to the point ${quoteText(point.scale)}, which does not exist`
        : `refers to the point ${quoteText(point.scale)}, which is ${type}, not sunssf`,
    );
  }
}
