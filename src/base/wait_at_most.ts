/**
 * Waiting with a time limit.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/**
 * Waits for `work` to settle, but no longer than `limitMs`. Never rejects: a failure of
 * `work` is not reported here.
 */
export async function waitAtMost(
  clock: Clock,
  limitMs: number,
  work: Promise<unknown>,
): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    work.catch(() => {}),
    clock.sleep(Math.max(0, limitMs), timer.signal).catch(() => {}),
  ]);
  timer.abort();
}
