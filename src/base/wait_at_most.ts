/**
 * Waiting with a bound.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/** Waits for `work`, but no longer than `limitMs`; its failure is not told here. */
export async function waitAtMost(
  clock: Clock,
  limitMs: number,
  work: Promise<unknown>,
): Promise<void> {
  const over = new AbortController();
  await Promise.race([
    work.catch(() => {}),
    clock.sleep(Math.max(0, limitMs), over.signal).catch(() => {}),
  ]);
  over.abort();
}
