/**
 * Chooses the epoch of a start. Pure.
 *
 * @module
 */

import { isClockCredible, PROGRAM_DATE_MS } from "../../base/credible_clock.ts";
import type { Random } from "../../base/random.ts";

/**
 * Range of the random part, 2^20. It separates starts that neither the files nor the
 * clock can order, such as two starts in 1970 with the same restored state folder.
 */
const RANDOM_RANGE = 2 ** 20;

/**
 * The highest known epoch may be this far ahead of the clock, in s, as after restarts
 * within a second. Further ahead, the clock does not show which epochs were used.
 */
export const EPOCH_AHEAD_MAX_S = 60;

/**
 * The epoch of a start: greater than `known`, and different from every epoch of which
 * the files know nothing.
 *
 * - With a credible clock: one more than the larger of `known` and the time in seconds.
 * - With a clock that cannot be right, or that is behind `known`: `known` + 1 + a random
 *   20-bit number.
 * - With neither: a random number below the program's date, so that the epochs of later
 *   starts with a right clock are greater.
 *
 * @param known the highest epoch in any file; 0 = none
 * @param wallMs wall clock, in ms since the Unix epoch
 */
export function nextEpoch(known: number, wallMs: number, random: Random): number {
  const nowS = Math.floor(wallMs / 1_000);
  if (isClockCredible(wallMs) && known <= nowS + EPOCH_AHEAD_MAX_S) {
    return Math.max(known, nowS) + 1;
  }
  if (known > 0) return known + 1 + Math.floor(random.next() * RANDOM_RANGE);
  return 1 + Math.floor(random.next() * (PROGRAM_DATE_MS / 1_000 - 1));
}
