/**
 * From text to a checked configuration. Pure.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Config } from "./schema.ts";

/** What the configuration is made from. */
export interface ConfigSource {
  /** TOML. */
  readonly text: string;
  /** The file's name as the user gave it, for the faults. */
  readonly file: string;
  /** Environment: `SUNSPEC_COLLECTOR__GATEWAY__ID` overrides `gateway.id`. */
  readonly env: Readonly<Record<string, string>>;
  /** The default of `gateway.id` where Kafka does not ask for one. */
  readonly hostName: string;
}

/** A configuration that holds, and what is odd about it. */
export interface ParsedConfig {
  readonly config: Config & { readonly gateway: { readonly id: string } };
  readonly warnings: readonly ConfigProblem[];
}

/** Parses and checks; all faults at once (warnings among them, by `severity`). Never throws. */
export function parseConfig(
  _source: ConfigSource,
): Result<ParsedConfig, readonly ConfigProblem[]> {
  throw new Error("not yet");
}
