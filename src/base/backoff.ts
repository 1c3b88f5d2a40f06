/**
 * The delay before a retry.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** The limits of a backoff. */
export interface BackoffLimits {
  /** Upper bound of the first delay, in ms; it doubles with each attempt. */
  readonly firstMs: number;
  /** Upper bound of every delay, in ms. */
  readonly longestMs: number;
}

/**
 * Exponential backoff with full jitter: a delay drawn evenly from 0 to
 * `min(longestMs, firstMs * 2^(attempt-1))`, so that many clients that lost
 * the same peer do not reconnect at the same time.
 *
 * @param attempt 1 for the first retry; values below 1 count as 1.
 * @returns the delay in whole ms.
 */
export function backoffMs(
  attempt: number,
  limits: BackoffLimits,
  random: Random,
): number {
  const doublings = Math.min(Math.max(attempt, 1) - 1, 30);
  const bound = Math.min(limits.longestMs, limits.firstMs * 2 ** doublings);
  return Math.floor(random.next() * (bound + 1));
}
