/**
 * Environment variables that override single values:
 * `SUNSPEC_COLLECTOR__UPLINK__CA_FILE` is `uplink.ca_file`,
 * `SUNSPEC_COLLECTOR__DEVICES__0__HOST` is `devices[0].host`. The elements of a list
 * are separated by commas. Pure.
 *
 * @module
 */

import { Secret } from "../../base/secret.ts";
import type { SchemaNode } from "../schema/schema_tree.ts";
import type { FieldMeta } from "../schema/fields.ts";
import type { ConfigPath } from "../check/problem.ts";
import { nearest } from "../check/suggest.ts";
import {
  copyTable,
  isTable,
  setAt,
  type TomlTable,
  type TomlValue,
} from "./toml_tree.ts";

/** Prefix of all variables of this program. */
export const ENV_PREFIX = "SUNSPEC_COLLECTOR__";

/** A variable that cannot be applied. */
export interface VariableFault {
  readonly variable: string;
  readonly found: string;
  readonly wanted: string;
  readonly hint: string | null;
}

/** The tables of a file with the variables applied. */
export interface Overlaid {
  readonly root: TomlTable;
  /** The variable that set a value, by path. */
  readonly origins: readonly { readonly path: ConfigPath; readonly variable: string }[];
  readonly faults: readonly VariableFault[];
}

/** The variable that overrides the value at a path. */
export function variableOf(path: ConfigPath): string {
  return ENV_PREFIX + path.map((part) => String(part).toUpperCase()).join("__");
}

/** Applies the variables to a copy of the tables. */
export function overlay(
  file: TomlTable,
  env: Readonly<Record<string, string>>,
  tree: SchemaNode,
): Overlaid {
  const root = copyTable(file);
  const origins: { path: ConfigPath; variable: string }[] = [];
  const faults: VariableFault[] = [];
  for (const variable of Object.keys(env).sort()) {
    if (!variable.startsWith(ENV_PREFIX)) continue;
    const parts = variable.slice(ENV_PREFIX.length).split("__");
    const target = resolve(parts, tree, root);
    if ("wanted" in target) {
      faults.push({ variable, ...target });
      continue;
    }
    if (setAt(root, target.path, convert(env[variable] ?? "", target.meta))) {
      origins.push({ path: target.path, variable });
    }
  }
  return { root, origins, faults };
}

type Target =
  | { readonly path: ConfigPath; readonly meta: FieldMeta }
  | Omit<VariableFault, "variable">;

function resolve(parts: readonly string[], tree: SchemaNode, root: TomlTable): Target {
  let node = tree;
  let value: TomlValue | undefined = root;
  const path: (string | number)[] = [];
  for (const part of parts) {
    if (node.kind === "key") {
      return fault("a variable for a part of a value", variableOf(path), null);
    }
    if (node.kind === "tables") {
      const count: number = Array.isArray(value) ? value.length : 0;
      const at = /^\d{1,6}$/.test(part) ? Number(part) : count;
      if (at >= count) {
        const wanted = count === 0
          ? "an entry of the file, which has none"
          : `an entry of the file: 0 to ${count - 1}`;
        return fault(`entry ${JSON.stringify(part)}`, wanted, null);
      }
      path.push(at);
      value = Array.isArray(value) ? value[at] : undefined;
      node = node.item;
      continue;
    }
    const key = part.toLowerCase();
    const entry = node.entries.get(key);
    if (entry === undefined || part !== key.toUpperCase()) {
      const alike = nearest(key, node.entries.keys());
      const here = [...node.entries.keys()].map((name) => variableOf([...path, name]));
      return alike === undefined
        ? fault("unknown key", "", `Known variables: ${here.join(", ")}.`)
        : fault("unknown key", "", `Did you mean ${variableOf([...path, alike])}?`);
    }
    path.push(key);
    value = isTable(value) ? value[key] : undefined;
    node = entry;
  }
  if (node.kind === "key") return { path, meta: node.meta };
  return fault("a variable for a whole table", `${variableOf(path)}__…`, null);
}

function fault(found: string, wanted: string, hint: string | null): Target {
  return { found, wanted, hint };
}

/**
 * Converts a string to its value. A string that cannot be converted is kept, and the check
 * rejects it.
 */
function convert(text: string, meta: FieldMeta): TomlValue {
  switch (meta.kind) {
    case "secret":
      return new Secret(text);
    case "integer":
    case "bytes":
      return /^-?\d{1,18}$/.test(text) ? BigInt(text) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "list": {
      const { item } = meta;
      const parts = text === "" ? [] : text.split(",").map((part) => part.trim());
      return item === undefined ? parts : parts.map((part) => convert(part, item));
    }
    default:
      return text;
  }
}
