/**
 * A JSON text that does not depend on the order of keys. Pure.
 *
 * @module
 */

import { isObject } from "./is_object.ts";

/**
 * The JSON text of a value with sorted keys at every depth: two values have the same
 * text if and only if they are equal as JSON.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { stableJson } from "./stable_json.ts";
 *
 * strictEqual(stableJson({ b: 1, a: [{ d: 2, c: 3 }] }), '{"a":[{"c":3,"d":2}],"b":1}');
 * ```
 */
export function stableJson(value: unknown): string | undefined {
  return JSON.stringify(
    value,
    (_key, each: unknown) =>
      isObject(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => a < b ? -1 : 1))
        : each,
  );
}
