/**
 * The system clock and random generator.
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import { createTimerWheel, type WheelClock } from "../base/waiting/timer_wheel.ts";

/** Maximum delay of a timer, in ms; a longer sleep uses several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The monotonic clock of this machine, and its timers. */
const MONOTONIC: WheelClock = {
  monotonicMs: () => performance.now(),
  async sleep(durationMs, signal) {
    const deadlineMs = performance.now() + durationMs;
    for (;;) {
      const remainingMs = deadlineMs - performance.now();
      if (remainingMs <= 0) {
        signal.throwIfAborted();
        return;
      }
      // A timer takes whole ms: a fraction would wake up early and need a second timer.
      await wait(Math.min(Math.ceil(remainingMs), TIMER_MAX_MS), signal);
    }
  },
};

/** The wall clock, the monotonic clock and the timers of this machine. */
export const SYSTEM_CLOCK: Clock = {
  ...MONOTONIC,
  wallMs: () => Date.now(),
  timers: createTimerWheel(MONOTONIC),
};

/** The random generator of the runtime. */
export const SYSTEM_RANDOM: Random = { next: () => Math.random() };

function wait(durationMs: number, signal: AbortSignal): Promise<void> {
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
