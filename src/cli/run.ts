/**
 * `run --config FILE`: the agent.
 *
 * @module
 */

import type { CliIo } from "./io.ts";

/** Options of `run`. */
export interface RunOptions {
  /** The configuration file. */
  readonly config: string;
}

/** Runs until a signal; returns the exit code. */
export function run(_options: RunOptions, _io: CliIo): Promise<number> {
  throw new Error("not yet");
}
