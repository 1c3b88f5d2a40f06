/**
 * The deadline of the requests of a connection, which are sent one after the other.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/** A deadline that is set repeatedly. */
export interface Deadline {
  /** Starts the deadline: {@linkcode Deadline.met} must be called within `timeoutMs`. */
  set(timeoutMs: number): void;
  /** Clears the deadline. */
  met(): void;
}

/** A timer that expires this late, in ms, may show that the process was suspended or blocked. */
const STALL_MS = 5;

/** Time to read a response that arrived during a stall, in ms: timers run before reads. */
const GRACE_MS = 2;

/**
 * Makes a deadline on the coarse timers of `clock`: it passes at most two ticks late.
 *
 * @param missed called when a deadline has passed, with the time in ms since it was set.
 */
export function createDeadline(
  clock: Pick<Clock, "monotonicMs" | "timers">,
  missed: (elapsedMs: number) => void,
): Deadline {
  let startMs = 0;
  let endMs = 0;
  let isExtended = false;
  const timer = clock.timers.createTimer(expire);

  function expire(): void {
    const nowMs = clock.monotonicMs();
    if (nowMs - endMs > STALL_MS && !isExtended) {
      // The process may have been late, not the device: its response may be in the socket's buffer.
      isExtended = true;
      return timer.startAt(nowMs + GRACE_MS);
    }
    missed(nowMs - startMs);
  }

  return {
    set(timeoutMs) {
      startMs = clock.monotonicMs();
      endMs = startMs + timeoutMs;
      isExtended = false;
      timer.startAt(endMs);
    },
    met: () => timer.stop(),
  };
}
