/**
 * The deadline of a connection's requests, which go one after the other. As a
 * rule they are answered long before it, so one timer stands for many of them:
 * it looks, when it ends, whether the request of that moment has time left.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/** A deadline that is set again and again. */
export interface Deadline {
  /** From now on, `timeoutMs` may pass until {@linkcode Deadline.met}. */
  set(timeoutMs: number): void;
  /** Nothing is awaited any more. */
  met(): void;
  /** Ends the timer too; for good. */
  close(): void;
}

/** A timer that ends so much after its time says that the process itself stood still. */
const STALL_MS = 5;

/** What an answer that came meanwhile gets to be read, in ms: timers come before reads. */
const GRACE_MS = 2;

/** Why a timer is called off; made once, since an abort without a reason makes a stack trace. */
const CALLED_OFF = new Error("another timer, or none, is needed");

/**
 * Makes a deadline.
 *
 * @param missed called as soon as one passes, with the time since it was set.
 */
export function createDeadline(
  clock: Clock,
  missed: (elapsedMs: number) => void,
): Deadline {
  let startMs = 0;
  let endMs = Infinity;
  let graced = false;
  let timer: { readonly endMs: number; readonly off: AbortController } | undefined;

  function wake(): void {
    timer = undefined;
    if (endMs === Infinity) return;
    const nowMs = clock.monotonicMs();
    if (nowMs < endMs) return sleep(nowMs);
    if (nowMs - endMs > STALL_MS && !graced) {
      // Not the device was late but we were: its answer may lie in the socket.
      graced = true;
      endMs = nowMs + GRACE_MS;
      return sleep(nowMs);
    }
    endMs = Infinity;
    missed(nowMs - startMs);
  }

  function sleep(nowMs: number): void {
    const off = new AbortController();
    timer = { endMs, off };
    clock.sleep(endMs - nowMs, off.signal).then(wake, () => {});
  }

  return {
    set(timeoutMs) {
      startMs = clock.monotonicMs();
      graced = false;
      endMs = startMs + timeoutMs;
      if (timer !== undefined && timer.endMs <= endMs) return;
      timer?.off.abort(CALLED_OFF);
      sleep(startMs);
    },
    met() {
      endMs = Infinity;
    },
    close() {
      endMs = Infinity;
      timer?.off.abort(CALLED_OFF);
      timer = undefined;
    },
  };
}
