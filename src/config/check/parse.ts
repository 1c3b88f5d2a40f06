/**
 * From text to a checked configuration. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { SCHEMA_TREE } from "../schema/schema_tree.ts";
import { overlay } from "../source/environment.ts";
import { indexLines } from "../source/key_lines.ts";
import { isId } from "../schema/names.ts";
import { type ConfigPath, type ConfigProblem, showPath } from "./problem.ts";
import { followRenames, RENAMED, type Renamed } from "./renamed.ts";
import { findRuleFaults } from "./rules.ts";
import type { Ruling } from "./rule_violation.ts";
import type { Config } from "../schema/schema.ts";
import { type Finding, findShapeFaults } from "./shape.ts";
import { parseToml, type TomlFault } from "../source/toml.ts";
import { copyTable, removeAt, type TomlTable } from "../source/toml_tree.ts";
import { validate } from "./validate.ts";

/** What the configuration is made from. */
export interface ConfigSource {
  /** TOML. */
  readonly text: string;
  /** The file's name as the user gave it, for the faults. */
  readonly file: string;
  /** Environment: `SUNSPEC_COLLECTOR__GATEWAY__ID` overrides `gateway.id`. */
  readonly env: Readonly<Record<string, string>>;
  /** Keys that had another name once; those of this release unless given. */
  readonly renamed?: readonly Renamed[];
  /** The default of `gateway.id` where Kafka does not ask for one. */
  readonly hostName: string;
}

/** A configuration of which every value has been checked; the gateway has a name. */
export type CheckedConfig = Config & {
  readonly gateway: { readonly id: string };
};

/** A configuration that holds, and what is odd about it. */
export interface ParsedConfig {
  readonly config: CheckedConfig;
  readonly warnings: readonly ConfigProblem[];
}

/** All that can be said of a text, whether it holds or not. */
export interface Inspection {
  /** What is left when the faulty values are taken away; undefined if that is nothing. */
  readonly sound?: CheckedConfig;
  readonly problems: readonly ConfigProblem[];
  /** Says where a further finding stands. */
  place(ruling: Ruling): ConfigProblem;
}

/**
 * Parses and checks: types and bounds, unknown keys, the rules between keys.
 *
 * @returns the configuration, or all faults at once in the order of their
 * lines (warnings among them, by `severity`). Never throws, whatever the text.
 */
export function parseConfig(
  source: ConfigSource,
): Result<ParsedConfig, readonly ConfigProblem[]> {
  return conclude(inspectConfig(source));
}

/** The configuration if no problem is an error, or the problems. */
export function conclude(
  { sound, problems }: Pick<Inspection, "sound" | "problems">,
): Result<ParsedConfig, readonly ConfigProblem[]> {
  const holds = problems.every(({ severity }) => severity === "warning");
  return sound !== undefined && holds
    ? good({ config: sound, warnings: problems })
    : bad(problems);
}

/** Like {@linkcode parseConfig}, for a caller that has more to check. */
export function inspectConfig(source: ConfigSource): Inspection {
  const { text, file } = source;
  const parsed = parseToml(text);
  if (!parsed.ok) return noToml(file, parsed.fault);
  const followed = followRenames(parsed.value, source.env, source.renamed ?? RENAMED);
  const overlaid = overlay(followed.root, followed.env, SCHEMA_TREE);
  const checked = check(followed.root, overlaid.root);
  const lines = indexLines(text);
  const variables = new Map(
    overlaid.origins.map(({ path, variable }) => [showPath(path), variable]),
  );
  const inFile = (ruling: Ruling): ConfigProblem => {
    const line = lines.nearestLine(followed.placeOf(ruling.path)) ?? null;
    return { ...ruling, file, line, variable: null, path: showPath(ruling.path) };
  };
  const place = (ruling: Ruling): ConfigProblem => {
    const variable = originOf(ruling.path, variables);
    if (variable === null) return inFile(ruling);
    return { ...ruling, file, line: null, variable, path: showPath(ruling.path) };
  };
  const problems = [
    ...followed.rulings.map(inFile),
    ...followed.variables.map((found): ConfigProblem => ({ ...found, file })),
    ...checked.inFile.map(inFile),
    ...checked.rulings.map(place),
    ...overlaid.faults.map((fault): ConfigProblem => {
      return { severity: "error", file, line: null, path: "", ...fault };
    }),
  ];
  const sound = checked.sound && named(checked.sound, source.hostName);
  return { ...(sound && { sound }), problems: inOrder(problems), place };
}

/** By line; what has none comes last. */
export function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const rank = ({ line }: ConfigProblem): number => line ?? Number.MAX_SAFE_INTEGER;
  return [...problems].sort((a, b) => rank(a) - rank(b));
}

function noToml(file: string, { line, detail }: TomlFault): Inspection {
  const place = (ruling: Ruling): ConfigProblem => {
    return { ...ruling, file, line, variable: null, path: showPath(ruling.path) };
  };
  const found = `no TOML (${detail})`;
  const wanted = "TOML, as toml.io describes it";
  const ruling: Ruling = { severity: "error", path: [], found, wanted, hint: null };
  return { problems: [place(ruling)], place };
}

/** Everything that is wrong with the tables, and what of them holds. */
interface Checked {
  readonly sound?: Config;
  /** What the file itself has wrong, whatever the environment says. */
  readonly inFile: readonly Ruling[];
  readonly rulings: readonly Ruling[];
}

function check(file: TomlTable, root: TomlTable): Checked {
  const shape = findShapeFaults(file, SCHEMA_TREE);
  const values = validate(root).findings.filter((finding) =>
    !shape.some(({ path }) => startsWith(finding.path, path))
  );
  const findings: readonly Finding[] = [...shape, ...values];
  // The rules between keys look at what is left when the faulty values are taken away.
  const sound = copyTable(root);
  for (const { path } of findings) removeAt(sound, path);
  const { config, deviceIndexes } = validate(sound);
  const between = config === undefined ? [] : findRuleFaults(config, deviceIndexes);
  const rulings = [
    ...values.map(toError),
    ...between.filter((ruling) =>
      !findings.some(({ path }) => touches(path, ruling.path))
    ),
  ];
  const inFile = shape.map(toError);
  return { ...(config && { sound: config }), inFile, rulings };
}

function toError(finding: Finding): Ruling {
  return { ...finding, severity: "error" };
}

function startsWith(path: ConfigPath, start: ConfigPath): boolean {
  return start.length <= path.length && start.every((part, at) => part === path[at]);
}

function touches(a: ConfigPath, b: ConfigPath): boolean {
  return startsWith(a, b) || startsWith(b, a);
}

function originOf(
  path: ConfigPath,
  variables: ReadonlyMap<string, string>,
): string | null {
  for (let length = path.length; length > 0; length--) {
    const variable = variables.get(showPath(path.slice(0, length)));
    if (variable !== undefined) return variable;
  }
  return null;
}

/** Gives the gateway its name; a host name is cut to what an id may hold. */
function named(config: Config, hostName: string): CheckedConfig {
  const host = hostName.slice(0, 64);
  const id = config.gateway.id ?? (isId(host) ? host : "gateway");
  return { ...config, gateway: { ...config.gateway, id } };
}
