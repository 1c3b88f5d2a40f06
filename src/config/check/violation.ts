/**
 * Faults and warnings before their file and line are known.
 *
 * @module
 */

import type { ConfigPath, ConfigProblem } from "./problem.ts";

/** A problem at a path of the configuration. */
export interface Violation
  extends Pick<ConfigProblem, "severity" | "found" | "wanted" | "hint"> {
  readonly path: ConfigPath;
}

/** An error: the agent does not start. `hint` is a sentence. */
export function errorAt(
  path: ConfigPath,
  found: string,
  wanted: string,
  hint: string | null = null,
): Violation {
  return { severity: "error", path, found, wanted, hint };
}

/** A warning: the agent starts. `hint` is a sentence. */
export function warningAt(
  path: ConfigPath,
  found: string,
  wanted: string,
  hint: string | null = null,
): Violation {
  return { severity: "warning", path, found, wanted, hint };
}
