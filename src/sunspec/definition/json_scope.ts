/**
 * Collects the faults of a definition in JSON form and checks its values.
 *
 * @module
 */

import type { PointDefinition } from "./definition.ts";
import { type DefinitionFault, FAULTS_MAX, isPointName } from "./definition_rules.ts";

/** The state of the parser at one group. */
export interface JsonScope {
  readonly faults: DefinitionFault[];
  /** The points of the enclosing groups, innermost last. */
  readonly outer: readonly (readonly PointDefinition[])[];
  /** Counts the points of the whole definition. */
  readonly total: { points: number };
}

/** Adds a fault; ignored after {@linkcode FAULTS_MAX} faults. */
export function reportFault(scope: JsonScope, place: string, message: string): void {
  if (scope.faults.length < FAULTS_MAX) scope.faults.push({ place, message });
}

/** The name; adds a fault if it is not valid. */
export function parseName(json: unknown, place: string, scope: JsonScope): string {
  if (typeof json === "string" && isPointName(json)) return json;
  reportFault(
    scope,
    place,
    `is ${
      showJson(json)
    }; expected letters, digits, "_", "-" or ".", starting with a letter`,
  );
  return "?";
}

/** The elements of an array; empty if absent. Adds a fault for any other value. */
export function elementsOf(
  json: unknown,
  place: string,
  scope: JsonScope,
): readonly unknown[] {
  if (json === undefined || json === null) return [];
  if (Array.isArray(json)) return json;
  reportFault(scope, place, `is ${jsonKind(json)}; expected an array`);
  return [];
}

/** Whether a value is an integer from `min` to `max`. */
export function isIntegerWithin(
  json: unknown,
  min: number,
  max: number,
): json is number {
  return typeof json === "number" && Number.isInteger(json) && json >= min &&
    json <= max;
}

/** The kind of a JSON value, for a message. */
export function jsonKind(json: unknown): string {
  if (json === undefined) return "missing";
  if (json === null) return "null";
  return Array.isArray(json) ? "an array" : `a ${typeof json}`;
}

/** A JSON value, shortened for a message. */
export function showJson(json: unknown): string {
  return json === undefined ? "missing" : JSON.stringify(json).slice(0, 60);
}
