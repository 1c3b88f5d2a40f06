import { ok, strictEqual } from "node:assert/strict";
import {
  type KeyNode,
  nodeAt,
  SCHEMA_TREE,
  type SchemaNode,
} from "../schema/schema_tree.ts";
import { ENV_PREFIX, overlay, variableOf } from "../source/environment.ts";
import { parseConfig } from "../check/parse.ts";
import { type ConfigPath, showPath } from "../check/problem.ts";
import { renderReference } from "./markdown.ts";
import type { TomlTable } from "../source/toml_tree.ts";

const KEYS = [...keys(SCHEMA_TREE, [])];

Deno.test("renderReference() has a row for every key, with a description and what it wants", () => {
  const text = renderReference();
  ok(KEYS.length > 40);
  for (const [path, { meta }] of KEYS) {
    const row = `| \`${path.at(-1)}\` | `;
    ok(text.includes(row) && text.includes(meta.description), showPath(path));
    ok(meta.description.endsWith(".") && meta.wanted !== "", showPath(path));
  }
  ok(!text.includes("***"));
});

Deno.test("every key's example is taken, wherever one is given", () => {
  let examples = 0;
  for (const [path, { meta }] of KEYS) {
    if (meta.example === null) continue;
    examples++;
    const table = path.slice(0, -1).filter((part) => part !== 0);
    const inDevice = path[0] === "devices";
    const line = `${path.at(-1)} = ${meta.example}`;
    const host = showPath(path) === "devices[0].host" ? "" : 'host = "10.0.0.1"\n';
    const text = inDevice
      ? `[[devices]]\n${host}${line}\n`
      : `[[devices]]\n${host}[${table.join(".")}]\n${line}\n`;
    const parsed = parseConfig({ text, file: "f", env: {}, hostName: "h" });
    const faults = parsed.ok ? [] : parsed.fault;
    // The rules between keys may ask for more; the value itself must do.
    const itself = faults.filter(({ path: at, found }) =>
      at === showPath(path) && !found.includes("beside")
    );
    strictEqual(itself.length, 0, `${text}${JSON.stringify(itself)}`);
  }
  ok(examples > 10);
});

Deno.test("variableOf() names the variable that overrides just that key", () => {
  for (const [path] of KEYS) {
    const variable = variableOf(path);
    ok(variable.startsWith(ENV_PREFIX));
    const file: TomlTable = { devices: [{}] };
    const { origins, faults } = overlay(file, { [variable]: "1" }, SCHEMA_TREE);
    strictEqual(faults.length, 0, variable);
    strictEqual(origins[0] && showPath(origins[0].path), showPath(path));
    strictEqual(nodeAt(path)?.is, "key");
  }
});

/** Every key of the declaration; of a list of tables, those of its first. */
function* keys(
  node: SchemaNode,
  path: ConfigPath,
): Generator<readonly [ConfigPath, KeyNode]> {
  if (node.is === "key") yield [path, node];
  else if (node.is === "tables") yield* keys(node.item, [...path, 0]);
  else for (const [key, entry] of node.entries) yield* keys(entry, [...path, key]);
}
