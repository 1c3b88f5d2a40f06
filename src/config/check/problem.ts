/**
 * What is wrong with a configuration, said so that it can be mended.
 *
 * @module
 */

/** A place in the configuration: `["devices", 2, "interval_ms"]`. */
export type ConfigPath = readonly (string | number)[];

/** One fault or warning. */
export interface ConfigProblem {
  /** An error keeps the agent from starting; a warning does not. */
  readonly severity: "error" | "warning";
  /** The configuration file, as it was named. */
  readonly file: string;
  /** Line in the file, from 1; null where there is none (an environment variable, a missing table). */
  readonly line: number | null;
  /** The environment variable that the value came from, if it did. */
  readonly variable: string | null;
  /** `devices[2].interval_ms` (lists count from 0); empty = the file as a whole. */
  readonly path: string;
  /** What stands there; never a secret. */
  readonly found: string;
  /** What should stand there. */
  readonly wanted: string;
  /** A likely cure, such as a key spelt alike; null = none is known. */
  readonly hint: string | null;
}

/** A plain key of TOML; every other must be quoted (TOML 1.0, "Keys"). */
const BARE_KEY = /^[A-Za-z0-9_-]+$/;

/** Writes a path as people write it: `devices[2].interval_ms`. */
export function showPath(path: ConfigPath): string {
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
 * Says a problem in one line, beginning with where it is.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { describeProblem } from "./problem.ts";
 *
 * strictEqual(
 *   describeProblem({
 *     severity: "error",
 *     file: "plant.toml",
 *     line: 14,
 *     variable: null,
 *     path: "devices[0].port",
 *     found: "70000",
 *     wanted: "a whole number from 1 to 65535",
 *     hint: null,
 *   }),
 *   "plant.toml:14: devices[0].port: found 70000, wanted a whole number from 1 to 65535",
 * );
 * ```
 */
export function describeProblem(problem: ConfigProblem): string {
  const where = problem.variable !== null
    ? `environment variable ${problem.variable}`
    : problem.line === null
    ? problem.file
    : `${problem.file}:${problem.line}`;
  const path = problem.path === "" ? "" : ` ${problem.path}:`;
  const hint = problem.hint === null ? "" : ` (${problem.hint})`;
  const grade = problem.severity === "warning" ? " warning:" : "";
  return `${where}:${grade}${path} found ${problem.found}, wanted ${problem.wanted}${hint}`;
}
