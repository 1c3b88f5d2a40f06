/**
 * The file of quirks: what devices of a make need, by manufacturer, model and
 * firmware. TOML, or JSON where its name ends so. Pure.
 *
 * @module
 */

import * as v from "valibot";
import { bad, good, type Result } from "../../base/result.ts";
import { describeSchema } from "../schema/schema_tree.ts";
import { text } from "../schema/fields.ts";
import { indexLines, type LineIndex } from "../source/key_lines.ts";
import { type ConfigProblem, showPath } from "./problem.ts";
import { MAKE_FIELDS } from "../schema/quirk_fields.ts";
import type { Frozen } from "../schema/schema.ts";
import { type Finding, findShapeFaults } from "./shape.ts";
import { parseToml } from "../source/toml.ts";
import { isTable, type TomlTable, type TomlValue } from "../source/toml_tree.ts";
import { findValueFaults } from "./validate.ts";

/** No file has more rules. */
export const RULES_MAX = 1_000;

const PATTERN_LENGTH_MAX = 64;

function pattern(what: string, example: string) {
  return v.optional(
    v.nullable(text({
      description:
        `The ${what} as the device gives it in model 1; * stands for anything.`,
      wanted: `a text of 1 to ${PATTERN_LENGTH_MAX} characters`,
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
  v.description("Devices of a make, and what they need."),
);

const FILE_SCHEMA = v.object({
  quirks: v.optional(v.pipe(v.array(RULE), v.maxLength(RULES_MAX)), []),
});

const FILE_TREE = describeSchema(FILE_SCHEMA);

/** One rule of the file; keys are those of the file. */
export type QuirkRuleConfig = Frozen<v.InferOutput<typeof RULE>>;

/**
 * Parses and checks the file.
 *
 * @param file its name, for the faults; `.json` at its end means JSON.
 * @returns all faults at once, each with its place.
 */
export function parseQuirksFile(
  text: string,
  file: string,
): Result<readonly QuirkRuleConfig[], readonly ConfigProblem[]> {
  const isJson = file.toLowerCase().endsWith(".json");
  const parsed = isJson ? parseJson(text) : parseToml(text);
  if (!parsed.ok) {
    const { line, detail } = parsed.fault;
    const kind = isJson ? "JSON" : "TOML";
    const finding = {
      path: [],
      found: `no ${kind} (${detail})`,
      wanted: kind,
      hint: null,
    };
    return bad([toProblem(finding, file, line)]);
  }
  const lines = isJson ? undefined : indexLines(text);
  const shape = findShapeFaults(parsed.value, FILE_TREE);
  const findings = [...shape, ...findValueFaults(FILE_SCHEMA, FILE_TREE, parsed.value)];
  const checked = v.safeParse(FILE_SCHEMA, parsed.value);
  const rules: readonly QuirkRuleConfig[] = checked.success
    ? checked.output.quirks
    : [];
  findings.push(...rules.flatMap(findRuleFaults));
  return findings.length === 0 ? good(rules) : bad(placed(findings, file, lines));
}

/** A rule for every device there is would be a default, and is a slip as a rule. */
function findRuleFaults(rule: QuirkRuleConfig, at: number): Finding[] {
  const { manufacturer, model, firmware, ...quirks } = rule;
  const path = ["quirks", at];
  if (manufacturer === null && model === null && firmware === null) {
    const wanted = 'a manufacturer, a model or a firmware ("*" = any)';
    return [{ path, found: "a rule that says for no device", wanted, hint: null }];
  }
  if (Object.values(quirks).some((value) => value !== null)) return [];
  const wanted = `one of ${Object.keys(MAKE_FIELDS).join(", ")}`;
  return [{ path, found: "a rule that sets nothing", wanted, hint: null }];
}

/** One problem a place; in the order of the file. */
function placed(
  findings: readonly Finding[],
  file: string,
  lines: LineIndex | undefined,
): ConfigProblem[] {
  const byPath = new Map<string, ConfigProblem>();
  for (const finding of findings) {
    const problem = toProblem(finding, file, lines?.nearestLine(finding.path) ?? null);
    if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  }
  return [...byPath.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function toProblem(
  { path, found, wanted, hint }: Finding,
  file: string,
  line: number | null,
): ConfigProblem {
  return {
    severity: "error",
    file,
    line,
    variable: null,
    path: showPath(path),
    found,
    wanted,
    hint,
  };
}

function parseJson(
  text: string,
): Result<TomlTable, { readonly line: number | null; readonly detail: string }> {
  try {
    const found: unknown = JSON.parse(text);
    const value = toTomlValue(found);
    return isTable(value) ? good(value) : bad({ line: 1, detail: "it is no object" });
  } catch (error) {
    const said = error instanceof Error ? error.message : "";
    // V8 names the line, or else shows a piece of the text.
    const line = /\(line (\d+) column/.exec(said)?.[1];
    const detail = said.split(/ in JSON at|, "|, \.\.\./)[0] || "it cannot be parsed";
    return bad({ line: line === undefined ? null : Number(line), detail });
  }
}

/** JSON as the checks know TOML: whole numbers are bigint; null is no value of ours. */
function toTomlValue(found: unknown): TomlValue {
  if (found === null) return "null";
  if (Array.isArray(found)) return found.map(toTomlValue);
  if (typeof found === "number") {
    return Number.isSafeInteger(found) ? BigInt(found) : found;
  }
  if (typeof found === "object") {
    return Object.fromEntries(
      Object.entries(found).map(([key, value]) => [key, toTomlValue(value)]),
    );
  }
  return typeof found === "boolean" ? found : String(found);
}
