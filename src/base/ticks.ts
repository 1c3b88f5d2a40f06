/**
 * A common grid for periodic tasks. Tasks that sleep until the next point of the same
 * grid wake the process once together: each wake-up of an idle process costs more than
 * the task.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/**
 * Time until the next multiple of `intervalMs`, in ms; above 0.
 *
 * @param nowMs monotonic time
 */
export function untilTickMs(nowMs: number, intervalMs: number): number {
  return intervalMs - (nowMs % intervalMs);
}

/**
 * Sleeps until the monotonic clock reaches the next multiple of `intervalMs`.
 *
 * @throws the reason of `signal` as soon as it aborts.
 */
export function sleepUntilTick(
  clock: Clock,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  return clock.sleep(untilTickMs(clock.monotonicMs(), intervalMs), signal);
}
