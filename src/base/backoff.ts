/**
 * How long to wait before trying again.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** The bounds of a backoff. */
export interface BackoffLimits {
  /** The bound of the first wait, in ms; it doubles at each attempt. */
  readonly firstMs: number;
  /** No wait is longer than this, in ms. */
  readonly longestMs: number;
}

/**
 * Full-jitter backoff: a wait drawn evenly from 0 to
 * `min(longestMs, firstMs * 2^(attempt-1))`, so that many clients that lost
 * the same peer do not come back together.
 *
 * @param attempt 1 for the first retry; values below 1 count as 1.
 * @returns the wait in whole ms.
 */
export function backoffMs(
  attempt: number,
  limits: BackoffLimits,
  chance: Random,
): number {
  const doublings = Math.min(Math.max(attempt, 1) - 1, 30);
  const bound = Math.min(limits.longestMs, limits.firstMs * 2 ** doublings);
  return Math.floor(chance.next() * (bound + 1));
}
