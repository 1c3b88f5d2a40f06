/**
 * Templates for objects with dozens of computed property names.
 *
 * @module
 */

/**
 * Creates an object with the given properties, each null, to be copied
 * (`{ ...template }`) and filled in. V8 stores an object that gets dozens of computed
 * property names as a hash table, five times the size. An object from JSON.parse and
 * its copies keep their properties in a row.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { createRecordTemplate } from "./record_template.ts";
 *
 * deepStrictEqual({ ...createRecordTemplate(["A", "W"]), A: 1 }, { A: 1, W: null });
 * ```
 */
export function createRecordTemplate<Name extends string>(
  names: readonly Name[],
): Readonly<Record<Name, null>> {
  const entries = names.map((name) => [name, null]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}
