/**
 * Waits for one of several tasks and cleans up the others.
 *
 * @module
 */

/**
 * Settles like `promise`, or rejects with the reason of `signal` as soon as it
 * aborts; the work behind `promise` is not cancelled.
 */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(signal.reason);
  if (signal.aborted) fail();
  else signal.addEventListener("abort", fail, { once: true });
  // Its rejection after the race would otherwise be unhandled.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", fail);
  }
}

/**
 * Resolves with the index of the first task to resolve, or rejects with the first
 * rejection or the reason of `signal`. The other tasks are aborted and awaited.
 */
export async function raceTasks(
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", forward, { once: true });
  const running = tasks.map(async (task, index) => {
    await task(stop.signal);
    return index;
  });
  try {
    return await Promise.race(running);
  } finally {
    signal.removeEventListener("abort", forward);
    stop.abort(new Error("another task finished first"));
    await Promise.allSettled(running);
  }
}

/** Resolves when `watched` aborts; rejects with the reason of `signal` if that aborts first. */
export function untilAborted(watched: AbortSignal, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wake = (): void => {
    signal.removeEventListener("abort", fail);
    resolve();
  };
  const fail = (): void => {
    watched.removeEventListener("abort", wake);
    reject(signal.reason);
  };
  if (watched.aborted) return Promise.resolve();
  watched.addEventListener("abort", wake, { once: true });
  signal.addEventListener("abort", fail, { once: true });
  return promise;
}
