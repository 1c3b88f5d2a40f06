/**
 * Objects of dozens of properties whose names come from a table.
 *
 * @module
 */

/**
 * An object with all these properties, each null, to be copied (`{ ...blank }`) and
 * filled in. V8 keeps an object as a hash table, five times the size, if it gets
 * dozens of properties by computed names; one that JSON.parse makes has them in a row,
 * and so have its copies.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { createBlank } from "./record_template.ts";
 *
 * deepStrictEqual({ ...createBlank(["A", "W"]), A: 1 }, { A: 1, W: null });
 * ```
 */
export function createBlank<Name extends string>(
  names: readonly Name[],
): Readonly<Record<Name, null>> {
  const entries = names.map((name) => [name, null]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}
