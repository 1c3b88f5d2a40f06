/**
 * Environment variables that override single values:
 * `SUNSPEC_COLLECTOR__UPLINK__CA_FILE` is `uplink.ca_file`,
 * `SUNSPEC_COLLECTOR__DEVICES__0__HOST` is `devices[0].host`. A list is written
 * with commas. Pure.
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

/** What every variable of ours begins with. */
export const ENV_PREFIX = "SUNSPEC_COLLECTOR__";

/** A variable that cannot be followed. */
export interface VariableFault {
  readonly variable: string;
  readonly found: string;
  readonly wanted: string;
  readonly hint: string | null;
}

/** A file's tables with the variables laid over. */
export interface Overlaid {
  readonly root: TomlTable;
  /** Which variable a value came from, by path. */
  readonly origins: readonly { readonly path: ConfigPath; readonly variable: string }[];
  readonly faults: readonly VariableFault[];
}

/** The variable of a path: the reverse of how variables are read. */
export function variableOf(path: ConfigPath): string {
  return ENV_PREFIX + path.map((part) => String(part).toUpperCase()).join("__");
}

/** Lays the variables over a copy of the tables. */
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
    if (node.is === "key") {
      return fault("a variable of a part of a value", variableOf(path), null);
    }
    if (node.is === "tables") {
      const count: number = Array.isArray(value) ? value.length : 0;
      const at = /^\d{1,6}$/.test(part) ? Number(part) : count;
      if (at >= count) {
        const wanted = count === 0
          ? "an entry that the file has; it has none"
          : `an entry that the file has: 0 to ${count - 1}`;
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
        ? fault("a variable of no key", `one of ${here.join(", ")}`, null)
        : fault(
          "a variable of no key",
          "a variable of a key that exists",
          `did you mean ${variableOf([...path, alike])}?`,
        );
    }
    path.push(key);
    value = isTable(value) ? value[key] : undefined;
    node = entry;
  }
  if (node.is === "key") return { path, meta: node.meta };
  return fault("a variable of a whole table", `${variableOf(path)}__…`, null);
}

function fault(found: string, wanted: string, hint: string | null): Target {
  return { found, wanted, hint };
}

/** The value that the text stands for; what cannot be converted stays text, for the check to refuse. */
function convert(text: string, meta: FieldMeta): TomlValue {
  switch (meta.kind) {
    case "secret":
      return new Secret(text);
    case "whole":
    case "bytes":
      return /^-?\d{1,18}$/.test(text) ? BigInt(text) : text;
    case "flag":
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
