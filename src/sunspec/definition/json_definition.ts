/**
 * Reads a model definition in SunSpec's JSON form.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "JSON Model
 * Definition"; the schema in github.com/sunspec/models, `json/schema.json`.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import {
  type GroupDefinition,
  type ModelDefinition,
  type PointDefinition,
  type PointType,
  TYPE_SIZES,
} from "./definition.ts";

/** One thing that is wrong with a definition. */
export interface DefinitionFault {
  /** Where, such as `group.groups[0].points[3].type`. */
  readonly place: string;
  /** What was found and what is wanted, in words. */
  readonly message: string;
}

/** No definition nests groups deeper. */
export const DEPTH_MAX = 8;
/** No definition has more points. */
export const POINTS_MAX = 10_000;
/** No more faults than this are listed. */
export const FAULTS_MAX = 50;
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;
/** Powers of ten lie within this and its negative. */
export const SCALE_LIMIT = 10;

type Json = Readonly<Record<string, unknown>>;

/** What is known while the parser goes down. */
interface Scope {
  readonly faults: DefinitionFault[];
  /** The points of the groups around, the innermost last. */
  readonly outer: readonly (readonly PointDefinition[])[];
  /** Counts points over the whole definition. */
  readonly total: { points: number };
}

/**
 * Turns SunSpec's JSON form (already parsed) into a definition.
 *
 * @param json What `JSON.parse` gave; keys that mean nothing here are ignored.
 * @returns the definition, or every fault with its place (at most 50).
 */
export function parseJsonDefinition(
  json: unknown,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  const scope: Scope = { faults: [], outer: [], total: { points: 0 } };
  if (!isObject(json)) {
    report(scope, "", `is ${kindOf(json)}, must be an object with id and group`);
    return bad(scope.faults);
  }
  const id = json["id"];
  if (!isWhole(id, 1, 65_534)) {
    report(scope, "id", `is ${show(id)}, must be a whole number from 1 to 65534`);
  }
  const group = parseGroup(json["group"], "group", scope);
  if (group !== undefined) checkHeader(group, scope);
  if (scope.faults.length > 0 || group === undefined || typeof id !== "number") {
    return bad(scope.faults);
  }
  return good({ id, name: group.name, group: { ...group, count: 1 } });
}

/** The first two points of a model are its id and its length, a register each. */
function checkHeader(group: GroupDefinition, scope: Scope): void {
  for (const [index, name] of ["ID", "L"].entries()) {
    const point = group.points[index];
    if (point?.name !== name || point.size !== 1) {
      report(
        scope,
        `group.points[${index}]`,
        `is ${show(point?.name)}, must be the point ${name} of one register`,
      );
    }
  }
}

function parseGroup(
  json: unknown,
  place: string,
  scope: Scope,
): GroupDefinition | undefined {
  if (!isObject(json)) {
    report(scope, place, `is ${kindOf(json)}, must be an object`);
    return undefined;
  }
  if (scope.outer.length >= DEPTH_MAX) {
    report(scope, place, `is nested deeper than ${DEPTH_MAX} groups`);
    return undefined;
  }
  const name = parseName(json["name"], `${place}.name`, scope);
  const count = parseCount(json["count"], `${place}.count`, scope);
  const points = parsePoints(
    list(json["points"], `${place}.points`, scope),
    place,
    scope,
  );
  const inner: Scope = { ...scope, outer: [...scope.outer, points] };
  checkScales(points, place, inner);
  const groups = list(json["groups"], `${place}.groups`, scope)
    .map((group, index) => parseGroup(group, `${place}.groups[${index}]`, inner))
    .filter((group) => group !== undefined);
  checkNames([...points, ...groups].map((each) => each.name), place, scope);
  const size = points.reduce((sum, point) => sum + point.size, 0);
  return { name, count, size, points, groups };
}

function parseCount(json: unknown, place: string, scope: Scope): number | string {
  if (json === undefined || json === null) return 1;
  if (typeof json === "number") {
    if (isWhole(json, 0, 65_535)) return json;
  } else if (typeof json === "string") {
    if (/^\d{1,5}$/.test(json)) return Number(json);
    const known = scope.outer.some((points) =>
      points.some(({ name }) => name === json)
    );
    if (known) return json;
    report(scope, place, `names the point ${show(json)}, which no group around has`);
    return 1;
  }
  report(scope, place, `is ${show(json)}, must be a number of times or a point's name`);
  return 1;
}

function parsePoints(
  json: readonly unknown[],
  place: string,
  scope: Scope,
): PointDefinition[] {
  const points: PointDefinition[] = [];
  let offset = 0;
  for (const [index, each] of json.entries()) {
    if (++scope.total.points > POINTS_MAX) {
      report(scope, `${place}.points`, `has more than ${POINTS_MAX} points`);
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
  scope: Scope,
): PointDefinition | undefined {
  if (!isObject(json)) {
    report(scope, place, `is ${kindOf(json)}, must be an object`);
    return undefined;
  }
  const name = parseName(json["name"], `${place}.name`, scope);
  const type = json["type"];
  if (!isPointType(type)) {
    report(
      scope,
      `${place}.type`,
      `is ${show(type)}, which is no point type of SunSpec`,
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
  scope: Scope,
): number {
  const own = TYPE_SIZES[type];
  if (own > 0) {
    if (json === undefined || json === null || json === own) return own;
    report(scope, place, `is ${show(json)}, but ${type} takes ${own}`);
    return own;
  }
  if (isWhole(json, 1, 65_535)) return json;
  report(
    scope,
    place,
    `is ${show(json)}, must be the registers of the text, 1 or more`,
  );
  return 1;
}

function parseScale(
  json: unknown,
  place: string,
  scope: Scope,
): string | number | undefined {
  if (json === undefined || json === null) return undefined;
  const number = typeof json === "string" && /^[+-]?\d+$/.test(json)
    ? Number(json)
    : json;
  if (typeof number === "number") {
    if (isWhole(number, -SCALE_LIMIT, SCALE_LIMIT)) return number;
    report(scope, place, `is ${show(json)}, must lie in -10..10`);
    return undefined;
  }
  if (typeof json === "string") return json;
  report(scope, place, `is ${show(json)}, must be a point's name or a whole number`);
  return undefined;
}

/** A scale factor's name must lead to a `sunssf` point, in its own group or further out. */
function checkScales(
  points: readonly PointDefinition[],
  place: string,
  scope: Scope,
): void {
  for (const [index, point] of points.entries()) {
    if (typeof point.scale !== "string") continue;
    const found = scope.outer.findLast((group) =>
      group.some(({ name }) => name === point.scale)
    )?.find(({ name }) => name === point.scale);
    if (found?.type === "sunssf") continue;
    report(
      scope,
      `${place}.points[${index}].sf`,
      found === undefined
        ? `names the point ${show(point.scale)}, which no group around has`
        : `names the point ${show(point.scale)}, which is ${found.type} and not sunssf`,
    );
  }
}

function parseSymbols(
  json: unknown,
  place: string,
  scope: Scope,
): Record<number, string> | undefined {
  const entries = list(json, place, scope);
  if (entries.length === 0) return undefined;
  const symbols: Record<number, string> = {};
  for (const [index, each] of entries.entries()) {
    const value = isObject(each) ? each["value"] : undefined;
    const name = isObject(each) ? each["name"] : undefined;
    if (!isWhole(value, 0, 2 ** 32 - 1) || typeof name !== "string" || name === "") {
      report(
        scope,
        `${place}[${index}]`,
        "must have a name and a whole value from 0 on",
      );
    } else symbols[value] ??= name;
  }
  return symbols;
}

function parseName(json: unknown, place: string, scope: Scope): string {
  if (typeof json === "string" && NAME.test(json)) return json;
  report(
    scope,
    place,
    `is ${show(json)}, must be letters, digits, "_", "-" or ".", a letter first`,
  );
  return "?";
}

/** Whether a point or a group may be called so. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

function checkNames(names: readonly string[], place: string, scope: Scope): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name) && name !== "?") {
      report(scope, place, `has two points or groups named ${show(name)}`);
    }
    seen.add(name);
  }
}

function list(json: unknown, place: string, scope: Scope): readonly unknown[] {
  if (json === undefined || json === null) return [];
  if (Array.isArray(json)) return json;
  report(scope, place, `is ${kindOf(json)}, must be an array`);
  return [];
}

function report(scope: Scope, place: string, message: string): void {
  if (scope.faults.length < FAULTS_MAX) scope.faults.push({ place, message });
}

function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function isWhole(json: unknown, least: number, most: number): json is number {
  return typeof json === "number" && Number.isInteger(json) && json >= least &&
    json <= most;
}

/** Whether this is a point type of SunSpec. */
export function isPointType(json: unknown): json is PointType {
  return typeof json === "string" && Object.hasOwn(TYPE_SIZES, json);
}

function kindOf(json: unknown): string {
  if (json === undefined) return "missing";
  if (json === null) return "null";
  return Array.isArray(json) ? "an array" : `a ${typeof json}`;
}

function show(json: unknown): string {
  return json === undefined ? "missing" : JSON.stringify(json).slice(0, 60);
}
