/**
 * A sleep on the coarse timers of a clock.
 *
 * @module
 */

import { addAbortable, removeAbortable } from "./abort_listener.ts";
import type { Clock } from "../clock.ts";

/**
 * Resolves at the earliest after `durationMs` of monotonic time and up to a tick of the
 * timer wheel later: see {@linkcode Clock.timers}.
 *
 * @throws the reason of `signal` as soon as it aborts.
 */
export function sleepCoarsely(
  clock: Pick<Clock, "monotonicMs" | "timers">,
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const operation = {
      abort(reason: unknown): void {
        timer.stop();
        reject(reason);
      },
    };
    const timer = clock.timers.createTimer(() => {
      removeAbortable(signal, operation);
      resolve();
    });
    addAbortable(signal, operation);
    timer.startAt(clock.monotonicMs() + durationMs);
  });
}
