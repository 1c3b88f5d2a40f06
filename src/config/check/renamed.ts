/**
 * Keys that had another name once: the old one works for one release, with a
 * warning that names the new one, so that an upgrade never finds a
 * configuration that it cannot read. Pure.
 *
 * @module
 */

import { ENV_PREFIX, variableOf } from "../source/environment.ts";
import { type ConfigPath, type ConfigProblem, showPath } from "./problem.ts";
import type { Ruling } from "./rule_violation.ts";
import {
  copyTable,
  isTable,
  removeAt,
  setAt,
  type TomlTable,
  type TomlValue,
  valueAt,
} from "../source/toml_tree.ts";

/**
 * A key that was renamed. A list of tables is one step, and stands at the same
 * step of both: `["devices", "unit"]` is meant in each device.
 */
export interface Renamed {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The version that renamed it; the one after it forgets the old name. */
  readonly since: string;
}

/** Every key that was renamed. None yet: 0.1.0 is the first version. */
export const RENAMED: readonly Renamed[] = [];

/** A file and an environment in which every key has its present name. */
export interface Followed {
  readonly root: TomlTable;
  readonly env: Readonly<Record<string, string>>;
  /** A warning for each old name in the file, at its old place. */
  readonly rulings: readonly Ruling[];
  /** A warning for each old name in the environment. */
  readonly variables: readonly Omit<ConfigProblem, "file">[];
  /** Where a key of the file stands: under its old name, if it has that there. */
  readonly placeOf: (path: ConfigPath) => ConfigPath;
}

/** Gives every old key its present name; where both are there, the present one counts. */
export function followRenames(
  file: TomlTable,
  env: Readonly<Record<string, string>>,
  renamed: readonly Renamed[],
): Followed {
  const root = copyTable(file);
  const rulings: Ruling[] = [];
  const oldPaths = new Map<string, ConfigPath>();
  for (const { from, to, since } of renamed) {
    for (const old of [...placesOf(root, from, [])]) {
      const path = withIndexes(to, old);
      const value = valueAt(root, old);
      removeAt(root, old);
      const taken = value !== undefined && valueAt(root, path) === undefined &&
        setAt(root, path, value);
      if (taken) oldPaths.set(showPath(path), old);
      const name = showPath(path);
      rulings.push({ severity: "warning", path: old, ...words(name, since, taken) });
    }
  }
  return {
    root,
    rulings,
    ...followVariables(env, renamed),
    placeOf(path) {
      for (let length = path.length; length > 0; length--) {
        const old = oldPaths.get(showPath(path.slice(0, length)));
        if (old !== undefined) return [...old, ...path.slice(length)];
      }
      return path;
    },
  };
}

function followVariables(
  env: Readonly<Record<string, string>>,
  renamed: readonly Renamed[],
): Pick<Followed, "env" | "variables"> {
  const followed: Record<string, string> = { ...env };
  const variables: Omit<ConfigProblem, "file">[] = [];
  for (const [variable, value] of Object.entries(env)) {
    const parts = variable.split("__").slice(1)
      .map((part) => /^\d+$/.test(part) ? Number(part) : part);
    const keys = parts.filter((part) => typeof part === "string");
    const rename = renamed.find(({ from }) =>
      variableOf(from) === variableOf(keys) && variable.startsWith(ENV_PREFIX)
    );
    if (rename === undefined) continue;
    const name = variableOf(withIndexes(rename.to, parts));
    const taken = !Object.hasOwn(env, name);
    if (taken) followed[name] = value;
    delete followed[variable];
    const said = words(name, rename.since, taken);
    variables.push({ severity: "warning", line: null, variable, path: "", ...said });
  }
  return { env: followed, variables };
}

function words(
  name: string,
  since: string,
  taken: boolean,
): { readonly found: string; readonly wanted: string; readonly hint: string } {
  return {
    found: taken ? "an old name" : "an old name beside the new one, which counts",
    wanted: name,
    hint: `renamed in version ${since}; the old name works in this release only`,
  };
}

/** Every path at which a key stands. */
function* placesOf(
  value: TomlValue | undefined,
  rest: readonly string[],
  path: ConfigPath,
): Generator<ConfigPath> {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      yield* placesOf(item, rest, [...path, at]);
    }
    return;
  }
  const [key, ...more] = rest;
  if (key === undefined || !isTable(value) || !Object.hasOwn(value, key)) return;
  if (more.length === 0) yield [...path, key];
  else yield* placesOf(value[key], more, [...path, key]);
}

/** The present path, with the indexes of the old one where they stood. */
function withIndexes(to: readonly string[], old: ConfigPath): ConfigPath {
  const path: (string | number)[] = [...to];
  for (const [at, part] of old.entries()) {
    if (typeof part === "number") path.splice(at, 0, part);
  }
  return path;
}
