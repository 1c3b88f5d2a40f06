/**
 * Faults and warnings of a configuration, and their text.
 *
 * @module
 */

/** A place in the configuration: `["devices", 2, "interval_ms"]`. */
export type ConfigPath = readonly (string | number)[];

/** One fault or warning. */
export interface ConfigProblem {
  /** An error keeps the agent from starting; a warning does not. */
  readonly severity: "error" | "warning";
  /** The configuration file, as the user named it. */
  readonly file: string;
  /**
   * Line in the file, from 1; null if there is none (environment variable, missing
   * table).
   */
  readonly line: number | null;
  /** The environment variable that set the value; null if the file did. */
  readonly variable: string | null;
  /** `devices[2].interval_ms` (lists count from 0); empty for the whole file. */
  readonly path: string;
  /** What was found; never a secret. */
  readonly found: string;
  /** What was expected; empty if `found` states the fault by itself. */
  readonly wanted: string;
  /** What to do, as one or more sentences; null if nothing is known. */
  readonly hint: string | null;
}

/** A bare key of TOML; all others must be quoted (TOML 1.0, "Keys"). */
const BARE_KEY = /^[A-Za-z0-9_-]+$/;

/** Writes a path as text: `devices[2].interval_ms`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else {
      const key = BARE_KEY.test(part) ? part : JSON.stringify(part);
      text += text === "" ? key : `.${key}`;
    }
  }
  return text;
}

/**
 * Writes a problem as one line that begins with its place.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { describeProblem } from "./problem.ts";
 *
 * const file = "plant.toml";
 * const place = { severity: "error", file, line: 14, variable: null } as const;
 * strictEqual(
 *   describeProblem({
 *     ...place,
 *     path: "devices[0].port",
 *     found: "70000",
 *     wanted: "an integer from 1 to 65535",
 *     hint: null,
 *   }),
 *   "plant.toml:14: devices[0].port: found 70000, expected an integer from 1 to 65535",
 * );
 * strictEqual(
 *   describeProblem({
 *     ...place,
 *     path: "device",
 *     found: "unknown key",
 *     wanted: "",
 *     hint: 'Did you mean "devices"?',
 *   }),
 *   'plant.toml:14: device: unknown key. Did you mean "devices"?',
 * );
 * ```
 */
export function describeProblem(problem: ConfigProblem): string {
  const { file, line, variable, found, wanted } = problem;
  const place = variable !== null
    ? `environment variable ${variable}`
    : line === null
    ? file
    : `${file}:${line}`;
  const grade = problem.severity === "warning" ? " warning:" : "";
  const path = problem.path === "" ? "" : ` ${problem.path}:`;
  const statement = wanted === "" ? found : `found ${found}, expected ${wanted}`;
  const hint = problem.hint === null ? "" : `. ${problem.hint}`;
  return `${place}:${grade}${path} ${statement}${hint}`;
}
