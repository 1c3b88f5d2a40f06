/**
 * The deadline of the requests of a connection, which are sent one after the other. Most
 * requests are answered long before their deadline. One timer therefore serves many
 * requests: when it expires, it checks whether the current request has time left.
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
  /** Clears the deadline and stops the timer permanently. */
  close(): void;
}

/** A timer that expires this late, in ms, shows that the process was suspended or blocked. */
const STALL_MS = 5;

/** Time to read a response that arrived during a stall, in ms: timers run before reads. */
const GRACE_MS = 2;

/** Abort reason of a timer; created once, since an abort without one creates a stack trace. */
const CANCELLED = new Error("the timer is no longer needed");

/**
 * Makes a deadline.
 *
 * @param missed called when a deadline has passed, with the time in ms since it was set.
 */
export function createDeadline(
  clock: Clock,
  missed: (elapsedMs: number) => void,
): Deadline {
  let startMs = 0;
  let endMs = Infinity;
  let isExtended = false;
  let timer: { readonly endMs: number; readonly abort: AbortController } | undefined;

  function expire(): void {
    timer = undefined;
    if (endMs === Infinity) return;
    const nowMs = clock.monotonicMs();
    if (nowMs < endMs) return startTimer(nowMs);
    if (nowMs - endMs > STALL_MS && !isExtended) {
      // The process was late, not the device: its response may be in the socket's buffer.
      isExtended = true;
      endMs = nowMs + GRACE_MS;
      return startTimer(nowMs);
    }
    endMs = Infinity;
    missed(nowMs - startMs);
  }

  function startTimer(nowMs: number): void {
    const abort = new AbortController();
    timer = { endMs, abort };
    clock.sleep(endMs - nowMs, abort.signal).then(expire, () => {});
  }

  return {
    set(timeoutMs) {
      startMs = clock.monotonicMs();
      isExtended = false;
      endMs = startMs + timeoutMs;
      if (timer !== undefined && timer.endMs <= endMs) return;
      timer?.abort.abort(CANCELLED);
      startTimer(startMs);
    },
    met() {
      endMs = Infinity;
    },
    close() {
      endMs = Infinity;
      timer?.abort.abort(CANCELLED);
      timer = undefined;
    },
  };
}
