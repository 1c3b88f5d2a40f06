/**
 * Parses a model definition in SunSpec's JSON form. Pure.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "JSON Model
 * Definition"; the schema in github.com/sunspec/models, `json/schema.json`.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { MODEL_ID_MAX } from "../spec.ts";
import type { GroupDefinition, ModelDefinition } from "./definition.ts";
import type { DefinitionFault } from "./definition_rules.ts";
import { checkScales, parseJsonPoints } from "./json_points.ts";
import {
  elementsOf,
  isIntegerWithin,
  jsonKind,
  type JsonScope,
  parseName,
  reportFault,
  showJson,
} from "./json_scope.ts";

/** Maximum nesting depth of groups. */
export const DEPTH_MAX = 8;

/**
 * Converts SunSpec's JSON form into a definition.
 *
 * @param json the result of `JSON.parse`; unknown keys are ignored.
 * @returns the definition, or all faults with their places (at most 50).
 */
export function parseJsonDefinition(
  json: unknown,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  const scope: JsonScope = { faults: [], outer: [], total: { points: 0 } };
  if (!isObject(json)) {
    reportFault(
      scope,
      "",
      `is ${jsonKind(json)}; expected an object with id and group`,
    );
    return bad(scope.faults);
  }
  const id = json["id"];
  if (!isIntegerWithin(id, 1, MODEL_ID_MAX)) {
    reportFault(
      scope,
      "id",
      `is ${showJson(id)}; expected an integer from 1 to ${MODEL_ID_MAX}`,
    );
  }
  const group = parseGroup(json["group"], "group", scope);
  if (group !== undefined) checkHeader(group, scope);
  if (scope.faults.length > 0 || group === undefined || typeof id !== "number") {
    return bad(scope.faults);
  }
  return good({ id, name: group.name, group: { ...group, count: 1 } });
}

/** The first two points of a model are ID and L, one register each. */
function checkHeader(group: GroupDefinition, scope: JsonScope): void {
  for (const [index, name] of ["ID", "L"].entries()) {
    const point = group.points[index];
    if (point?.name !== name || point.size !== 1) {
      reportFault(
        scope,
        `group.points[${index}]`,
        `is ${showJson(point?.name)}; expected the point ${name} with one register`,
      );
    }
  }
}

function parseGroup(
  json: unknown,
  place: string,
  scope: JsonScope,
): GroupDefinition | undefined {
  if (!isObject(json)) {
    reportFault(scope, place, `is ${jsonKind(json)}; expected an object`);
    return undefined;
  }
  if (scope.outer.length >= DEPTH_MAX) {
    reportFault(scope, place, `is nested deeper than ${DEPTH_MAX} groups`);
    return undefined;
  }
  const name = parseName(json["name"], `${place}.name`, scope);
  const count = parseCount(json["count"], `${place}.count`, scope);
  const points = parseJsonPoints(
    elementsOf(json["points"], `${place}.points`, scope),
    place,
    scope,
  );
  const inner: JsonScope = { ...scope, outer: [...scope.outer, points] };
  checkScales(points, place, inner);
  const groups = elementsOf(json["groups"], `${place}.groups`, scope)
    .map((group, index) => parseGroup(group, `${place}.groups[${index}]`, inner))
    .filter((group) => group !== undefined);
  checkNames([...points, ...groups].map((each) => each.name), place, scope);
  const size = points.reduce((sum, point) => sum + point.size, 0);
  return { name, count, size, points, groups };
}

function parseCount(json: unknown, place: string, scope: JsonScope): number | string {
  if (json === undefined || json === null) return 1;
  if (typeof json === "number") {
    if (isIntegerWithin(json, 0, 65_535)) return json;
  } else if (typeof json === "string") {
    if (/^\d{1,5}$/.test(json)) return Number(json);
    const known = scope.outer.some((points) =>
      points.some(({ name }) => name === json)
    );
    if (known) return json;
    reportFault(
      scope,
      place,
      `refers to the point ${showJson(json)}, which does not exist`,
    );
    return 1;
  }
  reportFault(
    scope,
    place,
    `is ${showJson(json)}; expected a number or the name of a point`,
  );
  return 1;
}

function checkNames(names: readonly string[], place: string, scope: JsonScope): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name) && name !== "?") {
      reportFault(scope, place, `has two points or groups named ${showJson(name)}`);
    }
    seen.add(name);
  }
}
