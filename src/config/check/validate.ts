/**
 * The door to the checks of single values.
 *
 * @module
 */

import * as v from "valibot";
import { nodeAt, SCHEMA_TREE, type SchemaNode } from "../schema/schema_tree.ts";
import type { FieldMeta } from "../schema/fields.ts";
import type { ConfigPath } from "./problem.ts";
import { type Config, CONFIG_SCHEMA, DEVICES_MAX } from "../schema/schema.ts";
import type { Finding } from "./shape.ts";
import { showValue } from "./show_value.ts";
import { nearest } from "./suggest.ts";
import { type TomlTable, valueAt } from "../source/toml_tree.ts";

/** What the check of every single value gave. */
export interface Validated {
  readonly findings: readonly Finding[];
  /** All that holds; undefined if even that is no configuration. */
  readonly config?: Config;
  /** Where each of `config.devices` stands in the file. */
  readonly deviceIndexes: readonly number[];
}

/** Checks every value by itself. Devices that do not hold are left out of `config`. */
export function validate(root: TomlTable): Validated {
  const whole = v.safeParse(CONFIG_SCHEMA, root);
  const findings = whole.success ? [] : collect(whole.issues, root, SCHEMA_TREE);
  const devices = Array.isArray(root["devices"]) ? root["devices"] : [];
  if (whole.success) {
    return { findings, config: whole.output, deviceIndexes: [...devices.keys()] };
  }
  const broken = new Set<number>();
  for (const { path: [head, at] } of findings) {
    if (head === "devices" && typeof at === "number") broken.add(at);
  }
  const deviceIndexes = [...devices.keys()].filter((at) => !broken.has(at));
  const rest = { ...root, devices: devices.filter((_, at) => !broken.has(at)) };
  const again = v.safeParse(CONFIG_SCHEMA, rest);
  return again.success
    ? { findings, config: again.output, deviceIndexes }
    : { findings, deviceIndexes };
}

/** Checks every value of a file of another declaration by itself. */
export function findValueFaults(
  schema: v.GenericSchema,
  tree: SchemaNode,
  root: TomlTable,
): readonly Finding[] {
  const checked = v.safeParse(schema, root);
  return checked.success ? [] : collect(checked.issues, root, tree);
}

type Issues = readonly v.BaseIssue<unknown>[];

function collect(issues: Issues, root: TomlTable, tree: SchemaNode): Finding[] {
  const findings = new Map<string, Finding>();
  for (const issue of issues) {
    const path = pathOf(issue);
    const key = JSON.stringify(path);
    if (!findings.has(key)) findings.set(key, findingAt(path, root, tree));
  }
  return [...findings.values()];
}

function pathOf(issue: v.BaseIssue<unknown>): ConfigPath {
  return (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? key : String(key)
  );
}

function findingAt(path: ConfigPath, root: TomlTable, tree: SchemaNode): Finding {
  const node = nodeAt(path, tree);
  const value = valueAt(root, path);
  if (node?.is !== "key") {
    const wanted = node?.is === "tables" ? `at most ${DEVICES_MAX} tables` : "a table";
    return { path, found: showValue(value), wanted, hint: null };
  }
  const { meta } = node;
  const found = twice(value) ?? showValue(value);
  return { path, found, wanted: meta.wanted, hint: hintFor(value, meta) };
}

/** The first element that a list has twice. */
function twice(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const doubled = value.find((item, at) => value.indexOf(item) < at);
  return doubled === undefined ? undefined : `${showValue(doubled)} twice`;
}

function hintFor(value: unknown, meta: FieldMeta): string | null {
  if (typeof value === "string") {
    const alike = meta.choices && nearest(value, meta.choices);
    if (alike !== undefined) return `did you mean ${JSON.stringify(alike)}?`;
    if (meta.kind === "whole" && /^\d+$/.test(value)) {
      return "numbers stand without quotes";
    }
    if (meta.kind === "list") return "a list stands in brackets, even of one";
    if (/:\/\//.test(value)) return "no URL";
  }
  if (typeof value === "bigint" && meta.kind === "duration") return "give a unit";
  if (typeof value === "number" && meta.kind === "whole" && Number.isInteger(value)) {
    return `write it without the fraction: ${value}`;
  }
  return null;
}
