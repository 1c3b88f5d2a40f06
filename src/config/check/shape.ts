/**
 * Compares the tables and keys of a file with those of the declaration.
 *
 * @module
 */

import type { SchemaNode, TableNode } from "../schema/schema_tree.ts";
import type { ConfigPath } from "./problem.ts";
import { showPath } from "./problem.ts";
import { showValue } from "./show_value.ts";
import { nearest } from "./suggest.ts";
import { isTable, type TomlTable, type TomlValue } from "../source/toml_tree.ts";

/** A fault before it is known where it stands. */
export interface Finding {
  readonly path: ConfigPath;
  readonly found: string;
  readonly wanted: string;
  readonly hint: string | null;
}

/** Lists every key that is not known, every table that is none and every secret that stands in the open. */
export function findShapeFaults(
  root: TomlTable,
  tree: SchemaNode,
): readonly Finding[] {
  const findings: Finding[] = [];
  compare(root, tree, [], findings, tree);
  return findings;
}

function compare(
  value: TomlValue,
  node: SchemaNode,
  path: ConfigPath,
  findings: Finding[],
  tree: SchemaNode,
): void {
  if (node.is === "key") {
    if (node.meta.kind !== "secret") return;
    const { wanted } = node.meta;
    findings.push({ path, found: "a secret in the open", wanted, hint: null });
    return;
  }
  if (node.is === "tables") {
    if (!Array.isArray(value)) {
      const name = showPath(path);
      const wanted = `a list of tables, each under [[${name}]]`;
      findings.push({ path, found: showValue(value), wanted, hint: null });
      return;
    }
    for (const [at, item] of value.entries()) {
      compare(item, node.item, [...path, at], findings, tree);
    }
    return;
  }
  if (!isTable(value)) {
    const wanted = `a table, under [${showPath(path)}]`;
    findings.push({ path, found: showValue(value), wanted, hint: null });
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    const entry = node.entries.get(key);
    if (entry !== undefined) compare(item, entry, [...path, key], findings, tree);
    else findings.push(unknownKey([...path, key], key, node, tree));
  }
}

function unknownKey(
  path: ConfigPath,
  key: string,
  node: TableNode,
  tree: SchemaNode,
): Finding {
  const hint = hintFor(key, node, tree);
  const keys = [...node.entries.keys()].join(", ");
  const wanted = hint === null ? `one of ${keys}` : "a key that exists";
  return { path, found: "an unknown key", wanted, hint };
}

/** A key spelt alike in the same table, or else the same key in another one. */
function hintFor(key: string, node: TableNode, tree: SchemaNode): string | null {
  const alike = nearest(key, node.entries.keys());
  if (alike !== undefined) return `did you mean ${alike}?`;
  const elsewhere = [...placesOf(key, tree, "")][0];
  return elsewhere === undefined ? null : `did you mean ${elsewhere}?`;
}

/** Every place of the declaration where a key of that name stands. */
function* placesOf(key: string, node: SchemaNode, path: string): Generator<string> {
  if (node.is === "key") return;
  if (node.is === "tables") return yield* placesOf(key, node.item, `${path}[]`);
  for (const [name, entry] of node.entries) {
    const place = path === "" ? name : `${path}.${name}`;
    if (name === key) yield place;
    yield* placesOf(key, entry, place);
  }
}
