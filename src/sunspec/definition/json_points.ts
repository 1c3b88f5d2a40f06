/**
 * Converts the points of a group in JSON form. Pure.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { SCALE_LIMIT } from "../spec.ts";
import { type PointDefinition, type PointType, TYPE_SIZES } from "./definition.ts";
import { isPointType, POINTS_MAX } from "./definition_rules.ts";
import {
  elementsOf,
  isIntegerWithin,
  jsonKind,
  type JsonScope,
  parseName,
  reportFault,
  showJson,
} from "./json_scope.ts";

/** Converts points; one that is not valid is omitted and reported. */
export function parseJsonPoints(
  json: readonly unknown[],
  place: string,
  scope: JsonScope,
): PointDefinition[] {
  const points: PointDefinition[] = [];
  let offset = 0;
  for (const [index, each] of json.entries()) {
    if (++scope.total.points > POINTS_MAX) {
      reportFault(scope, `${place}.points`, `has more than ${POINTS_MAX} points`);
      break;
    }
    const point = parsePoint(each, `${place}.points[${index}]`, offset, scope);
    if (point === undefined) continue;
    points.push(point);
    offset += point.size;
  }
  return points;
}

function parsePoint(
  json: unknown,
  place: string,
  offset: number,
  scope: JsonScope,
): PointDefinition | undefined {
  if (!isObject(json)) {
    reportFault(scope, place, `is ${jsonKind(json)}; expected an object`);
    return undefined;
  }
  const name = parseName(json["name"], `${place}.name`, scope);
  const type = json["type"];
  if (!isPointType(type)) {
    reportFault(
      scope,
      `${place}.type`,
      `is ${showJson(type)}; expected a point type of SunSpec`,
    );
    return undefined;
  }
  const size = parseSize(json["size"], type, `${place}.size`, scope);
  const scale = parseScale(json["sf"], `${place}.sf`, scope);
  const symbols = parseSymbols(json["symbols"], `${place}.symbols`, scope);
  const units = json["units"];
  return {
    name,
    type,
    size,
    offset,
    ...(scale === undefined ? {} : { scale }),
    ...(typeof units === "string" && units !== "" ? { units } : {}),
    ...(symbols === undefined ? {} : { symbols }),
    ...(json["static"] === "S" ? { static: true } : {}),
    ...(json["mandatory"] === "M" ? { mandatory: true } : {}),
  };
}

function parseSize(
  json: unknown,
  type: PointType,
  place: string,
  scope: JsonScope,
): number {
  const own = TYPE_SIZES[type];
  if (own > 0) {
    if (json === undefined || json === null || json === own) return own;
    reportFault(scope, place, `is ${showJson(json)}; expected ${own} for ${type}`);
    return own;
  }
  if (isIntegerWithin(json, 1, 65_535)) return json;
  reportFault(
    scope,
    place,
    `is ${showJson(json)}; expected the number of registers of the text, 1 or more`,
  );
  return 1;
}

function parseScale(
  json: unknown,
  place: string,
  scope: JsonScope,
): string | number | undefined {
  if (json === undefined || json === null) return undefined;
  const number = typeof json === "string" && /^[+-]?\d+$/.test(json)
    ? Number(json)
    : json;
  if (typeof number === "number") {
    if (isIntegerWithin(number, -SCALE_LIMIT, SCALE_LIMIT)) return number;
    const range = `from -${SCALE_LIMIT} to ${SCALE_LIMIT}`;
    reportFault(scope, place, `is ${showJson(json)}; expected an integer ${range}`);
    return undefined;
  }
  if (typeof json === "string") return json;
  reportFault(
    scope,
    place,
    `is ${showJson(json)}; expected an integer or the name of a point`,
  );
  return undefined;
}

/** A scale factor must be a `sunssf` point in its own group or in an enclosing one. */
export function checkScales(
  points: readonly PointDefinition[],
  place: string,
  scope: JsonScope,
): void {
  for (const [index, point] of points.entries()) {
    if (typeof point.scale !== "string") continue;
    const found = scope.outer.findLast((group) =>
      group.some(({ name }) => name === point.scale)
    )?.find(({ name }) => name === point.scale);
    if (found?.type === "sunssf") continue;
    reportFault(
      scope,
      `${place}.points[${index}].sf`,
      found === undefined
        ? `refers to the point ${showJson(point.scale)}, which does not exist`
        : `refers to the point ${
          showJson(point.scale)
        }, which is ${found.type}, not sunssf`,
    );
  }
}

function parseSymbols(
  json: unknown,
  place: string,
  scope: JsonScope,
): Record<number, string> | undefined {
  const entries = elementsOf(json, place, scope);
  if (entries.length === 0) return undefined;
  const symbols: Record<number, string> = {};
  for (const [index, each] of entries.entries()) {
    const value = isObject(each) ? each["value"] : undefined;
    const name = isObject(each) ? each["name"] : undefined;
    if (
      !isIntegerWithin(value, 0, 2 ** 32 - 1) || typeof name !== "string" || name === ""
    ) {
      reportFault(
        scope,
        `${place}[${index}]`,
        "must have a name and an integer value of 0 or more",
      );
    } else symbols[value] ??= name;
  }
  return symbols;
}
