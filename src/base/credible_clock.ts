/**
 * Whether a wall clock can be right. A board without a battery-backed clock starts in
 * 1970, or at the time of its last shutdown, until a time server has answered.
 *
 * @module
 */

/**
 * The program did not exist before this time, in ms since the Unix epoch. A release
 * raises it: a test fails once it is more than a year older than the last commit.
 */
export const PROGRAM_DATE_MS: number = Date.UTC(2026, 10, 1);

/**
 * False if the clock cannot be right because it is before {@linkcode PROGRAM_DATE_MS}.
 *
 * @param wallMs wall clock, in ms since the Unix epoch
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { isClockCredible, PROGRAM_DATE_MS } from "./credible_clock.ts";
 *
 * strictEqual(isClockCredible(0), false);
 * strictEqual(isClockCredible(PROGRAM_DATE_MS), true);
 * ```
 */
export function isClockCredible(wallMs: number): boolean {
  return wallMs >= PROGRAM_DATE_MS;
}
