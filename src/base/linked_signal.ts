/**
 * Abort signals that follow other signals for the duration of one operation.
 *
 * `AbortSignal.any` is not used: on Deno 2.6.10 a signal that lives as long as the
 * program keeps 83 bytes for each call, permanently. `AbortSignal.timeout` keeps 430
 * bytes and a timer until its time has passed, even if the operation ended before.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/** A signal that follows its parents until it is disposed. */
export interface LinkedSignal extends Disposable {
  /** Aborts with the reason of the first parent that aborts. */
  readonly signal: AbortSignal;
}

/** A signal that follows its parent and has a time limit, until it is disposed. */
export interface LimitedSignal extends LinkedSignal {
  /** Whether the time limit, and not the parent, aborted the signal. */
  readonly expired: boolean;
}

/** Abort reason of a timer; created once, since creating an error costs a stack trace. */
const DISPOSED = new Error("the operation has ended");
/** Default abort reason of a time limit; created once for the same reason. */
const EXPIRED = new Error("the time limit has passed");

/**
 * Links a new signal to `parents`. If several have aborted already, the first of the list
 * gives the reason. Disposing removes the listeners and does not abort the signal.
 *
 * @example The parent has no listener after the block
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { linkSignals } from "./linked_signal.ts";
 *
 * const program = new AbortController();
 * const request = new AbortController();
 * {
 *   using linked = linkSignals([program.signal, request.signal]);
 *   request.abort("cancelled");
 *   strictEqual(linked.signal.reason, "cancelled");
 * }
 * ```
 */
export function linkSignals(parents: readonly AbortSignal[]): LinkedSignal {
  const child = new AbortController();
  const unlink = link(parents, child);
  return { signal: child.signal, [Symbol.dispose]: unlink };
}

/**
 * Links a new signal to `parent` and aborts it after `limitMs`. Disposing removes the
 * listener, stops the timer and does not abort the signal.
 *
 * @param reason the abort reason after `limitMs`.
 */
export function limitSignal(
  parent: AbortSignal,
  clock: Clock,
  limitMs: number,
  reason: Error = EXPIRED,
): LimitedSignal {
  const child = new AbortController();
  const unlink = link([parent], child);
  const timer = new AbortController();
  let expired = false;
  if (!child.signal.aborted) {
    clock.sleep(limitMs, timer.signal).then(() => {
      if (timer.signal.aborted || child.signal.aborted) return;
      expired = true;
      child.abort(reason);
    }, () => {});
  }
  return {
    signal: child.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      unlink();
      timer.abort(DISPOSED);
    },
  };
}

/** Makes `child` follow `parents`; returns a function that removes the listeners. */
function link(parents: readonly AbortSignal[], child: AbortController): () => void {
  const aborted = parents.find((parent) => parent.aborted);
  if (aborted !== undefined) {
    child.abort(aborted.reason);
    return () => {};
  }
  function follow(event: Event): void {
    unlink();
    child.abort((event.currentTarget as AbortSignal).reason);
  }
  function unlink(): void {
    for (const parent of parents) parent.removeEventListener("abort", follow);
  }
  for (const parent of parents) parent.addEventListener("abort", follow);
  return unlink;
}
