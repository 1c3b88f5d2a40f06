/**
 * The guard for values that come from JSON, a worker or another program.
 *
 * @module
 */

/**
 * Whether a value is an object with named properties: not null and not an array.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { isObject } from "./is_object.ts";
 *
 * strictEqual(isObject({ a: 1 }), true);
 * strictEqual(isObject(null), false);
 * strictEqual(isObject([1]), false);
 * ```
 */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
