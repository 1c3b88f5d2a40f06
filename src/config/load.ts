/**
 * The door to configuration files.
 *
 * @module
 */

import type { Secret } from "../base/secret.ts";
import type { Result } from "../base/result.ts";
import type { ParsedConfig } from "./parse.ts";
import type { ConfigProblem } from "./problem.ts";

/** A configuration with what its files hold. Relative paths are made absolute, from the configuration file's folder. */
export interface LoadedConfig extends ParsedConfig {
  readonly credentials: Credentials;
}

/** What the files that `[uplink]` names hold; null = not configured. */
export interface Credentials {
  /** PEM. */
  readonly ca: string | null;
  /** PEM. */
  readonly cert: string | null;
  /** PEM. */
  readonly key: Secret | null;
  readonly saslPassword: Secret | null;
}

/** Reads and checks a configuration file and every file that it names; all faults at once. */
export function loadConfig(
  _path: string,
  _env: Readonly<Record<string, string>>,
): Promise<Result<LoadedConfig, readonly ConfigProblem[]>> {
  throw new Error("not yet");
}
