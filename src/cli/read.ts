/**
 * `read HOST[:PORT]`: one look at a device.
 *
 * @module
 */

import type { CliIo } from "./io.ts";

/** Options of `read`. */
export interface ReadOptions {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  /** Zero-based address of SunS; null = try the usual ones. */
  readonly base: number | null;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Reads and prints; returns the exit code. */
export function read(_options: ReadOptions, _io: CliIo): Promise<number> {
  throw new Error("not yet");
}
