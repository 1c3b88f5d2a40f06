/**
 * Runs the declaration's checks on the values of a file.
 *
 * @module
 */

import * as v from "valibot";
import type { FieldMeta } from "../schema/fields.ts";
import { type Config, CONFIG_SCHEMA, DEVICES_MAX } from "../schema/schema.ts";
import { nodeAt, SCHEMA_TREE, type SchemaNode } from "../schema/schema_tree.ts";
import { type TomlTable, valueAt } from "../source/toml_tree.ts";
import type { ConfigPath } from "./problem.ts";
import { showValue } from "./show_value.ts";
import { nearest } from "./suggest.ts";
import { errorAt, type Violation } from "./violation.ts";

/** The result of the checks of single values. */
export interface Validated {
  readonly violations: readonly Violation[];
  /** The valid part; undefined if it is not a configuration. */
  readonly config?: Config;
  /** The index in the file of each of `config.devices`. */
  readonly deviceIndexes: readonly number[];
}

/** Checks every value by itself. Faulty devices are left out of `config`. */
export function validate(root: TomlTable): Validated {
  const all = v.safeParse(CONFIG_SCHEMA, root);
  const devices = Array.isArray(root["devices"]) ? root["devices"] : [];
  if (all.success) {
    return { violations: [], config: all.output, deviceIndexes: [...devices.keys()] };
  }
  const violations = collect(all.issues, root, SCHEMA_TREE);
  const faulty = new Set<number>();
  for (const { path: [head, at] } of violations) {
    if (head === "devices" && typeof at === "number") faulty.add(at);
  }
  const deviceIndexes = [...devices.keys()].filter((at) => !faulty.has(at));
  const rest = { ...root, devices: devices.filter((_, at) => !faulty.has(at)) };
  const again = v.safeParse(CONFIG_SCHEMA, rest);
  return again.success
    ? { violations, config: again.output, deviceIndexes }
    : { violations, deviceIndexes };
}

/** Checks every value of a file of another declaration by itself. */
export function findValueFaults(
  schema: v.GenericSchema,
  tree: SchemaNode,
  root: TomlTable,
): readonly Violation[] {
  const checked = v.safeParse(schema, root);
  return checked.success ? [] : collect(checked.issues, root, tree);
}

type Issues = readonly v.BaseIssue<unknown>[];

function collect(issues: Issues, root: TomlTable, tree: SchemaNode): Violation[] {
  const violations = new Map<string, Violation>();
  for (const issue of issues) {
    const path = pathOf(issue);
    const key = JSON.stringify(path);
    if (!violations.has(key)) violations.set(key, violationAt(path, root, tree));
  }
  return [...violations.values()];
}

function pathOf(issue: v.BaseIssue<unknown>): ConfigPath {
  return (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? key : String(key)
  );
}

function violationAt(path: ConfigPath, root: TomlTable, tree: SchemaNode): Violation {
  const node = nodeAt(path, tree);
  const value = valueAt(root, path);
  if (node?.kind !== "key") {
    const wanted = node?.kind === "tables"
      ? `at most ${DEVICES_MAX} tables`
      : "a table";
    return errorAt(path, showValue(value), wanted);
  }
  const { meta } = node;
  const found = duplicateIn(value) ?? showValue(value);
  const wanted = meta.kind === "secret" ? "a non-empty value" : meta.wanted;
  return errorAt(path, found, wanted, hintFor(value, meta));
}

/** The first element that a list contains twice. */
function duplicateIn(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const duplicate = value.find((item, at) => value.indexOf(item) < at);
  return duplicate === undefined ? undefined : `${showValue(duplicate)} twice`;
}

function hintFor(value: unknown, meta: FieldMeta): string | null {
  if (typeof value === "string") {
    const alike = meta.choices && nearest(value, meta.choices);
    if (alike !== undefined) return `Did you mean ${JSON.stringify(alike)}?`;
    if (meta.kind === "integer" && /^\d+$/.test(value)) {
      return "Write the number without quotes.";
    }
    if (meta.kind === "list") return "Write a list in brackets, even for one element.";
    if (/:\/\//.test(value) && !meta.wanted.includes("URL")) {
      return "Remove the scheme and the path of the URL.";
    }
  }
  if (typeof value === "bigint" && meta.kind === "duration") return "Add a unit.";
  if (typeof value === "number" && meta.kind === "integer" && Number.isInteger(value)) {
    return `Write it without a fraction: ${value}.`;
  }
  return null;
}
