/**
 * Counts in words.
 *
 * @module
 */

/**
 * A number and its noun.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { plural } from "./words.ts";
 *
 * strictEqual(plural(1, "device"), "1 device");
 * strictEqual(plural(2, "address", "addresses"), "2 addresses");
 * ```
 */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
