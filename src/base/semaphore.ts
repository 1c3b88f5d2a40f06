/**
 * Limits how many tasks use a resource at the same time.
 *
 * @module
 */

/** A counting semaphore. */
export interface Semaphore {
  /** Number of free permits. */
  readonly free: number;
  /**
   * Acquires a permit, in the order of the calls; waits until one is free. The
   * returned function releases the permit; further calls of it do nothing.
   *
   * @throws the reason of `signal` if it aborts while waiting.
   */
  acquire(signal: AbortSignal): Promise<() => void>;
}

/**
 * Creates a semaphore with `count` permits.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { createSemaphore } from "./semaphore.ts";
 *
 * const semaphore = createSemaphore(2);
 * const release = await semaphore.acquire(new AbortController().signal);
 * strictEqual(semaphore.free, 1);
 * release();
 * strictEqual(semaphore.free, 2);
 * ```
 */
export function createSemaphore(count: number): Semaphore {
  let free = count;
  const waiting = new Set<() => void>();

  function grant(): () => void {
    free--;
    let granted = true;
    return () => {
      if (!granted) return;
      granted = false;
      free++;
      const [next] = waiting;
      next?.();
    };
  }

  return {
    get free() {
      return free;
    },
    acquire(signal) {
      signal.throwIfAborted();
      if (free > 0) return Promise.resolve(grant());
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const leave = (): void => {
        waiting.delete(enter);
        signal.removeEventListener("abort", fail);
      };
      const enter = (): void => {
        leave();
        resolve(grant());
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
