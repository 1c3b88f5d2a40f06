/**
 * The door to the log.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";

/** How to log. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warning" | "error";
  /** "auto" is for the caller to decide. */
  readonly format: "json" | "pretty";
  /** Writes a whole line, its end included; stderr as a rule. */
  readonly write: (text: string) => void;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  /** Masked wherever they turn up. */
  readonly secrets?: readonly Secret[];
}

/** A log, to be closed so that what was folded is still said. */
export interface OpenLog extends Log {
  close(): void;
}

/** Opens the one log of this process. */
export function createLog(_options: LogOptions): OpenLog {
  throw new Error("not yet");
}
