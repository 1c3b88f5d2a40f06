import { ok, strictEqual } from "node:assert/strict";
import {
  type KeyNode,
  nodeAt,
  SCHEMA_TREE,
  type SchemaNode,
} from "../schema/schema_tree.ts";
import { ENV_PREFIX, overlay, variableOf } from "../source/environment.ts";
import { parseConfig } from "../check/parse.ts";
import { type ConfigPath, formatPath } from "../check/problem.ts";
import { renderReference } from "./markdown.ts";
import type { TomlTable } from "../source/toml_tree.ts";

const KEYS = [...keys(SCHEMA_TREE, [])];

Deno.test("renderReference() has a row for every key, with its description and allowed values", () => {
  const text = renderReference();
  ok(KEYS.length > 40);
  for (const [path, { meta }] of KEYS) {
    const row = `| \`${path.at(-1)}\` | `;
    ok(text.includes(row) && text.includes(meta.description), formatPath(path));
    ok(meta.description.endsWith(".") && meta.wanted !== "", formatPath(path));
  }
  ok(!text.includes("***"));
});

Deno.test("parseConfig() accepts the example of every key", () => {
  let examples = 0;
  for (const [path, { meta }] of KEYS) {
    if (meta.example === null) continue;
    examples++;
    const table = path.slice(0, -1).filter((part) => part !== 0);
    const inDevice = path[0] === "devices";
    const line = `${path.at(-1)} = ${meta.example}`;
    const host = formatPath(path) === "devices[0].host" ? "" : 'host = "10.0.0.1"\n';
    const text = inDevice
      ? `[[devices]]\n${host}${line}\n`
      : `[[devices]]\n${host}[${table.join(".")}]\n${line}\n`;
    const parsed = parseConfig({ text, file: "f", env: {}, hostName: "h" });
    const faults = parsed.ok ? [] : parsed.fault;
    // The rules between keys may require more; the value itself must be accepted.
    const itself = faults.filter(({ path: at, found }) =>
      at === formatPath(path) && !found.includes("although")
    );
    strictEqual(itself.length, 0, `${text}${JSON.stringify(itself)}`);
  }
  ok(examples > 10);
});

Deno.test("variableOf() names the variable that overrides exactly one key", () => {
  for (const [path] of KEYS) {
    const variable = variableOf(path);
    ok(variable.startsWith(ENV_PREFIX));
    const file: TomlTable = { devices: [{}] };
    const { origins, faults } = overlay(file, { [variable]: "1" }, SCHEMA_TREE);
    strictEqual(faults.length, 0, variable);
    strictEqual(origins[0] && formatPath(origins[0].path), formatPath(path));
    strictEqual(nodeAt(path)?.kind, "key");
  }
});

/**
 * Every key of the declaration; for a list of tables, the keys of its first element.
 */
function* keys(
  node: SchemaNode,
  path: ConfigPath,
): Generator<readonly [ConfigPath, KeyNode]> {
  if (node.kind === "key") yield [path, node];
  else if (node.kind === "tables") yield* keys(node.item, [...path, 0]);
  else for (const [key, entry] of node.entries) yield* keys(entry, [...path, key]);
}
