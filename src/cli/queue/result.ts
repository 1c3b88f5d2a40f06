/**
 * Parameters and results of the actions of `queue`.
 *
 * @module
 */

import type { Result } from "../../base/result.ts";

/** The buffer to work on. */
export interface QueueTarget {
  readonly path: string;
  /** Its `max_bytes`; null = unknown, because only the file was given. */
  readonly maxBytes: number | null;
}

/** Why an action failed. */
export interface QueueFault {
  /** Exit code. */
  readonly code: number;
  /** Message for people. */
  readonly detail: string;
}

/** The output of an action: one JSON value, and the same as lines of text. */
export interface QueueOutput {
  /** Exit code. */
  readonly code: number;
  readonly json: unknown;
  readonly lines: readonly string[];
}

/** The result of an action. */
export type QueueResult = Result<QueueOutput, QueueFault>;
