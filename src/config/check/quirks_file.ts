/**
 * The quirks file: settings for devices by manufacturer, model and firmware. It is
 * TOML, or JSON if its name ends in `.json`. Pure.
 *
 * @module
 */

import * as v from "valibot";
import { isObject } from "../../base/is_object.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { describeSchema } from "../schema/schema_tree.ts";
import { textField } from "../schema/fields.ts";
import { indexLines, type LineIndex } from "../source/key_lines.ts";
import { type ConfigProblem, formatPath } from "./problem.ts";
import { MAKE_FIELDS } from "../schema/quirk_fields.ts";
import type { Frozen } from "../schema/schema.ts";
import { findShapeFaults } from "./shape.ts";
import { parseToml, type TomlFault } from "../source/toml.ts";
import { isTable, type TomlTable, type TomlValue } from "../source/toml_tree.ts";
import { findValueFaults } from "./validate.ts";
import { errorAt, type Violation } from "./violation.ts";

/** Maximum number of rules of a file. */
const RULES_MAX = 1_000;

const PATTERN_LENGTH_MAX = 64;

function pattern(what: string, example: string) {
  return v.optional(
    v.nullable(textField({
      description:
        `The ${what} as the device reports it in model 1; * matches any text.`,
      wanted: `a string of 1 to ${PATTERN_LENGTH_MAX} characters`,
      example,
    }, (found) => found.trim() !== "" && found.length <= PATTERN_LENGTH_MAX)),
    null,
  );
}

const RULE = v.pipe(
  v.object({
    manufacturer: pattern("manufacturer", '"Example Works"'),
    model: pattern("model", '"EX-*"'),
    firmware: pattern("firmware version", '"1.2*"'),
    ...MAKE_FIELDS,
  }),
  v.description("Settings for the devices of a manufacturer or model."),
);

const FILE_SCHEMA = v.object({
  quirks: v.optional(v.pipe(v.array(RULE), v.maxLength(RULES_MAX)), []),
});

const FILE_TREE = describeSchema(FILE_SCHEMA);

/** One rule; the keys are those of the file. */
export type QuirkRuleConfig = Frozen<v.InferOutput<typeof RULE>>;

/**
 * Parses and checks the file.
 *
 * @param file name of the file, for messages; a name ending in `.json` means JSON.
 * @returns the rules, or all faults with their places.
 */
export function parseQuirksFile(
  text: string,
  file: string,
): Result<readonly QuirkRuleConfig[], readonly ConfigProblem[]> {
  const isJson = file.toLowerCase().endsWith(".json");
  const parsed = isJson ? parseJson(text) : parseToml(text);
  if (!parsed.ok) {
    const { line, detail, hint } = parsed.fault;
    const found = `invalid ${isJson ? "JSON" : "TOML"}: ${detail}`;
    return bad([toProblem(errorAt([], found, "", hint), file, line)]);
  }
  const lines = isJson ? undefined : indexLines(text);
  const checked = v.safeParse(FILE_SCHEMA, parsed.value);
  const rules: readonly QuirkRuleConfig[] = checked.success
    ? checked.output.quirks
    : [];
  const violations = [
    ...findShapeFaults(parsed.value, FILE_TREE),
    ...findValueFaults(FILE_SCHEMA, FILE_TREE, parsed.value),
    ...rules.flatMap(findRuleFaults),
  ];
  return violations.length === 0 ? good(rules) : bad(placed(violations, file, lines));
}

/** A rule must match something narrower than all devices, and must set something. */
function findRuleFaults(rule: QuirkRuleConfig, at: number): Violation[] {
  const { manufacturer, model, firmware, ...quirks } = rule;
  const path = ["quirks", at];
  if (manufacturer === null && model === null && firmware === null) {
    const wanted = 'a manufacturer, a model or a firmware ("*" matches any)';
    return [errorAt(path, "a rule that matches no device", wanted)];
  }
  if (Object.values(quirks).some((value) => value !== null)) return [];
  const wanted = `one of ${Object.keys(MAKE_FIELDS).join(", ")}`;
  return [errorAt(path, "a rule that sets nothing", wanted)];
}

/** At most one problem for each place, in the order of the file. */
function placed(
  violations: readonly Violation[],
  file: string,
  lines: LineIndex | undefined,
): ConfigProblem[] {
  const byPath = new Map<string, ConfigProblem>();
  for (const violation of violations) {
    const line = lines?.nearestLine(violation.path) ?? null;
    const problem = toProblem(violation, file, line);
    if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  }
  return [...byPath.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function toProblem(
  violation: Violation,
  file: string,
  line: number | null,
): ConfigProblem {
  const path = formatPath(violation.path);
  return { ...violation, file, line, variable: null, path };
}

function parseJson(text: string): Result<TomlTable, TomlFault> {
  try {
    const value = toTomlValue(JSON.parse(text));
    return isTable(value)
      ? good(value)
      : bad({ line: 1, detail: "not an object", hint: null });
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    // V8 names the line, or else quotes a piece of the text, which may be secret.
    const line = /\(line (\d+) column/.exec(message)?.[1];
    const detail = message.split(/ in JSON at|, "|, \.\.\./)[0] ||
      "it cannot be parsed";
    return bad({ line: line === undefined ? null : Number(line), detail, hint: null });
  }
}

/** Converts JSON to the types of TOML: integers to bigint; TOML has no null. */
function toTomlValue(found: unknown): TomlValue {
  if (found === null) return "null";
  if (Array.isArray(found)) return found.map(toTomlValue);
  if (typeof found === "number") {
    return Number.isSafeInteger(found) ? BigInt(found) : found;
  }
  if (isObject(found)) {
    return Object.fromEntries(
      Object.entries(found).map(([key, value]) => [key, toTomlValue(value)]),
    );
  }
  return typeof found === "boolean" ? found : String(found);
}
