/**
 * Parses and checks the text of a configuration. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { isId } from "../schema/names.ts";
import type { Config } from "../schema/schema.ts";
import { SCHEMA_TREE } from "../schema/schema_tree.ts";
import { overlay } from "../source/environment.ts";
import { indexLines } from "../source/key_lines.ts";
import { parseToml, type TomlFault } from "../source/toml.ts";
import { copyTable, removeAt, type TomlTable } from "../source/toml_tree.ts";
import { type ConfigPath, type ConfigProblem, formatPath } from "./problem.ts";
import { findRuleFaults } from "./rules.ts";
import { findShapeFaults } from "./shape.ts";
import { validate } from "./validate.ts";
import { errorAt, type Violation } from "./violation.ts";

/** The inputs of a configuration. */
export interface ConfigSource {
  /** TOML. */
  readonly text: string;
  /** Name of the file as the user gave it, for messages. */
  readonly file: string;
  /** Environment: `SUNSPEC_COLLECTOR__GATEWAY__ID` overrides `gateway.id`. */
  readonly env: Readonly<Record<string, string>>;
  /** Default of `gateway.id` where Kafka does not require one. */
  readonly hostName: string;
}

/** A configuration whose values are all checked; the gateway has an id. */
export type CheckedConfig = Config & {
  readonly gateway: { readonly id: string };
};

/** A valid configuration and its warnings. */
export interface ParsedConfig {
  readonly config: CheckedConfig;
  readonly warnings: readonly ConfigProblem[];
}

/** The result of all checks of a text, valid or not. */
export interface Inspection {
  /**
   * The configuration without its faulty values; undefined if the rest is not valid.
   */
  readonly valid?: CheckedConfig;
  readonly problems: readonly ConfigProblem[];
  /** Adds file and line, or the environment variable, to a further violation. */
  place(violation: Violation): ConfigProblem;
}

/**
 * Parses and checks a configuration: types and limits, unknown keys, rules between
 * keys. Never throws.
 *
 * @returns the configuration, or all faults in the order of their lines (including
 * warnings, by `severity`).
 */
export function parseConfig(
  source: ConfigSource,
): Result<ParsedConfig, readonly ConfigProblem[]> {
  return conclude(inspectConfig(source));
}

/** The configuration if no problem is an error, or the problems. */
export function conclude(
  { valid, problems }: Pick<Inspection, "valid" | "problems">,
): Result<ParsedConfig, readonly ConfigProblem[]> {
  const hasNoError = problems.every(({ severity }) => severity === "warning");
  return valid !== undefined && hasNoError
    ? good({ config: valid, warnings: problems })
    : bad(problems);
}

/** Like {@linkcode parseConfig}, for a caller with further checks. */
export function inspectConfig(source: ConfigSource): Inspection {
  const { text, file } = source;
  const parsed = parseToml(text);
  if (!parsed.ok) return notToml(file, parsed.fault);
  const overlaid = overlay(parsed.value, source.env, SCHEMA_TREE);
  const checked = check(parsed.value, overlaid.root);
  const lines = indexLines(text);
  const variables = new Map(
    overlaid.origins.map(({ path, variable }) => [formatPath(path), variable]),
  );
  const inFile = (violation: Violation): ConfigProblem => {
    const line = lines.nearestLine(violation.path) ?? null;
    const path = formatPath(violation.path);
    return { ...violation, file, line, variable: null, path };
  };
  const place = (violation: Violation): ConfigProblem => {
    const variable = originOf(violation.path, variables);
    if (variable === null) return inFile(violation);
    const path = formatPath(violation.path);
    return { ...violation, file, line: null, variable, path };
  };
  const problems = [
    ...checked.inFile.map(inFile),
    ...checked.violations.map(place),
    ...overlaid.faults.map((fault): ConfigProblem => {
      return { severity: "error", file, line: null, path: "", ...fault };
    }),
  ];
  const valid = checked.valid && withGatewayId(checked.valid, source.hostName);
  return { ...(valid && { valid }), problems: inOrder(problems), place };
}

/** Sorted by line; problems without a line come last. */
export function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const rank = ({ line }: ConfigProblem): number => line ?? Number.MAX_SAFE_INTEGER;
  return [...problems].sort((a, b) => rank(a) - rank(b));
}

function notToml(file: string, { line, detail, hint }: TomlFault): Inspection {
  const place = (violation: Violation): ConfigProblem => {
    const path = formatPath(violation.path);
    return { ...violation, file, line, variable: null, path };
  };
  const violation = errorAt([], `invalid TOML: ${detail}`, "", hint);
  return { problems: [place(violation)], place };
}

/** The violations of a file and an environment, and the valid rest. */
interface Checked {
  readonly valid?: Config;
  /** Violations of the file itself, regardless of overrides by the environment. */
  readonly inFile: readonly Violation[];
  readonly violations: readonly Violation[];
}

function check(file: TomlTable, root: TomlTable): Checked {
  const shape = findShapeFaults(file, SCHEMA_TREE);
  const values = validate(root).violations.filter((violation) =>
    !shape.some(({ path }) => startsWith(violation.path, path))
  );
  const faults = [...shape, ...values];
  // The rules between keys are checked without the faulty values.
  const rest = copyTable(root);
  for (const { path } of faults) removeAt(rest, path);
  const { config, deviceIndexes } = validate(rest);
  const between = config === undefined ? [] : findRuleFaults(config, deviceIndexes);
  const violations = [
    ...values,
    ...between.filter((violation) =>
      !faults.some(({ path }) => overlaps(path, violation.path))
    ),
  ];
  return { ...(config && { valid: config }), inFile: shape, violations };
}

function startsWith(path: ConfigPath, start: ConfigPath): boolean {
  return start.length <= path.length && start.every((part, at) => part === path[at]);
}

function overlaps(a: ConfigPath, b: ConfigPath): boolean {
  return startsWith(a, b) || startsWith(b, a);
}

/** The environment variable that set a value or the table around it. */
function originOf(
  path: ConfigPath,
  variables: ReadonlyMap<string, string>,
): string | null {
  for (let length = path.length; length > 0; length--) {
    const variable = variables.get(formatPath(path.slice(0, length)));
    if (variable !== undefined) return variable;
  }
  return null;
}

/** Sets the default of the gateway's id: the host name, cut to the length of an id. */
function withGatewayId(config: Config, hostName: string): CheckedConfig {
  const host = hostName.slice(0, 64);
  const id = config.gateway.id ?? (isId(host) ? host : "gateway");
  return { ...config, gateway: { ...config.gateway, id } };
}
