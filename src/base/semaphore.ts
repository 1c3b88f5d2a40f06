/**
 * A number of places, each held by one task at a time.
 *
 * @module
 */

/** Places to be had one after the other. */
export interface Semaphore {
  /** How many are free now. */
  readonly free: number;
  /**
   * Takes a place as soon as there is one, first come first served; the
   * function that it gives frees the place again and may be called twice.
   *
   * @throws the reason of `signal` if it aborts before that.
   */
  take(signal: AbortSignal): Promise<() => void>;
}

/**
 * Makes `count` free places.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { createSlots } from "./semaphore.ts";
 *
 * const slots = createSlots(2);
 * const free = await slots.take(new AbortController().signal);
 * strictEqual(slots.free, 1);
 * free();
 * strictEqual(slots.free, 2);
 * ```
 */
export function createSemaphore(count: number): Semaphore {
  let free = count;
  const waiting = new Set<() => void>();

  function occupy(): () => void {
    free--;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      free++;
      const [next] = waiting;
      next?.();
    };
  }

  return {
    get free() {
      return free;
    },
    take(signal) {
      signal.throwIfAborted();
      if (free > 0) return Promise.resolve(occupy());
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const leave = (): void => {
        waiting.delete(enter);
        signal.removeEventListener("abort", fail);
      };
      const enter = (): void => {
        leave();
        resolve(occupy());
      };
      const fail = (): void => {
        leave();
        reject(signal.reason);
      };
      waiting.add(enter);
      signal.addEventListener("abort", fail, { once: true });
      return promise;
    },
  };
}
