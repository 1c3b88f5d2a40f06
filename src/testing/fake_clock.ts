/**
 * A clock for tests and simulations.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { createTimerWheel } from "../base/waiting/timer_wheel.ts";

/** A {@linkcode Clock} that moves only when a test advances it. */
export interface FakeClock extends Clock {
  /** Moves both clocks forward and wakes sleepers in the order of their deadlines. */
  advance(durationMs: number): Promise<void>;
  /** Moves only the wall clock, as NTP or an operator does. */
  jumpWall(offsetMs: number): void;
  /** Number of sleepers. */
  readonly pending: number;
}

/**
 * Creates a clock that does not move until it is advanced.
 *
 * @example A sleeper wakes at its deadline
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { createFakeClock } from "./fake_clock.ts";
 *
 * const clock = createFakeClock({ wallMs: 0 });
 * const slept = clock.sleep(1_000, new AbortController().signal);
 * strictEqual(clock.pending, 1);
 * await clock.advance(1_000);
 * await slept;
 * strictEqual(clock.pending, 0);
 * ```
 */
export function createFakeClock(options: { wallMs: number }): FakeClock {
  let monotonic = 0;
  let wallOffset = options.wallMs;
  const sleepers = new Set<{ deadlineMs: number; wake: () => void }>();

  function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { deadlineMs: monotonic + durationMs, wake };
    sleepers.add(sleeper);
    signal.addEventListener("abort", fail, { once: true });
    return promise;

    function wake(): void {
      signal.removeEventListener("abort", fail);
      resolve();
    }
    function fail(): void {
      sleepers.delete(sleeper);
      reject(signal.reason);
    }
  }

  async function advance(durationMs: number): Promise<void> {
    const target = monotonic + durationMs;
    await runReadyTasks();
    while (true) {
      const due = [...sleepers]
        .filter((sleeper) => sleeper.deadlineMs <= target)
        .sort((a, b) => a.deadlineMs - b.deadlineMs)[0];
      if (due === undefined) break;
      monotonic = due.deadlineMs;
      sleepers.delete(due);
      due.wake();
      await runReadyTasks();
    }
    monotonic = target;
    await runReadyTasks();
  }

  const monotonicMs = (): number => monotonic;
  return {
    wallMs: () => wallOffset + monotonic,
    monotonicMs,
    sleep,
    timers: createTimerWheel({ monotonicMs, sleep }),
    advance,
    jumpWall: (offsetMs) => void (wallOffset += offsetMs),
    get pending() {
      return sleepers.size;
    },
  };
}

/**
 * Runs ready tasks until they wait again; 32 turns of the microtask queue are sufficient.
 */
async function runReadyTasks(): Promise<void> {
  for (let turn = 0; turn < 32; turn++) await Promise.resolve();
}
