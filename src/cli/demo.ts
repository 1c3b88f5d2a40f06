/**
 * `demo`: a small plant, played and collected.
 *
 * @module
 */

import type { CliIo } from "./io.ts";

/** Options of `demo`. */
export interface DemoOptions {
  /** `host:port` each; empty = the embedded uplink (files). */
  readonly brokers: readonly string[];
  /** null = until a signal. */
  readonly durationMs: number | null;
  /** null = a default folder. */
  readonly dataDir: string | null;
  readonly json: boolean;
  /** How many inverters to play. */
  readonly inverters: number;
}

/** Plays; returns the exit code. */
export function demo(_options: DemoOptions, _io: CliIo): Promise<number> {
  throw new Error("not yet");
}
