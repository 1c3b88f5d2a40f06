/**
 * Compares the tables and keys of a file with the declaration.
 *
 * @module
 */

import type { SchemaNode, TableNode } from "../schema/schema_tree.ts";
import { isTable, type TomlTable, type TomlValue } from "../source/toml_tree.ts";
import { type ConfigPath, formatPath } from "./problem.ts";
import { showValue } from "./show_value.ts";
import { nearest } from "./suggest.ts";
import { errorAt, type Violation } from "./violation.ts";

/** Lists every unknown key, every value in the place of a table, and every secret. */
export function findShapeFaults(
  root: TomlTable,
  tree: SchemaNode,
): readonly Violation[] {
  return [...compare(root, tree, [], tree)];
}

function* compare(
  value: TomlValue,
  node: SchemaNode,
  path: ConfigPath,
  tree: SchemaNode,
): Generator<Violation> {
  if (node.kind === "key") {
    if (node.meta.instead === undefined) return;
    const hint = `Use ${node.meta.instead}.`;
    yield errorAt(path, "secrets are not allowed in this file", "", hint);
    return;
  }
  if (node.kind === "tables") {
    if (!Array.isArray(value)) {
      const wanted = `a list of tables, each under [[${formatPath(path)}]]`;
      yield errorAt(path, showValue(value), wanted);
      return;
    }
    for (const [at, item] of value.entries()) {
      yield* compare(item, node.item, [...path, at], tree);
    }
    return;
  }
  if (!isTable(value)) {
    yield errorAt(path, showValue(value), `a table, under [${formatPath(path)}]`);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    const entry = node.entries.get(key);
    if (entry !== undefined) yield* compare(item, entry, [...path, key], tree);
    else yield errorAt([...path, key], "unknown key", "", hintFor(key, node, tree));
  }
}

/** A similar key of the same table, or else the same key in another table. */
function hintFor(key: string, node: TableNode, tree: SchemaNode): string {
  const likely = nearest(key, node.entries.keys()) ?? [...placesOf(key, tree, "")][0];
  return likely === undefined
    ? `Known keys: ${[...node.entries.keys()].join(", ")}.`
    : `Did you mean "${likely}"?`;
}

/** Every place of the declaration that has a key of this name. */
function* placesOf(key: string, node: SchemaNode, path: string): Generator<string> {
  if (node.kind === "key") return;
  if (node.kind === "tables") return yield* placesOf(key, node.item, `${path}[]`);
  for (const [name, entry] of node.entries) {
    const place = path === "" ? name : `${path}.${name}`;
    if (name === key) yield place;
    yield* placesOf(key, entry, place);
  }
}
