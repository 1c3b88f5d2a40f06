/**
 * The machine's own clocks and chance.
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";

/** The longest one timer can wait; a longer sleep takes several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The wall clock, the monotonic clock and the timers of this machine. */
export const SYSTEM_CLOCK: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(durationMs, signal) {
    const deadlineMs = performance.now() + durationMs;
    for (;;) {
      const restMs = deadlineMs - performance.now();
      if (restMs <= 0) {
        signal.throwIfAborted();
        return;
      }
      await nap(Math.min(restMs, TIMER_MAX_MS), signal);
    }
  },
};

/** The machine's chance. */
export const SYSTEM_RANDOM: Random = { next: () => Math.random() };

function nap(durationMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    signal.removeEventListener("abort", fail);
    resolve();
  }, durationMs);
  function fail(): void {
    clearTimeout(timer);
    reject(signal.reason);
  }
  signal.addEventListener("abort", fail, { once: true });
  return promise;
}
