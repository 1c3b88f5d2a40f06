/**
 * Waiting for one of several things, and leaving the others clean.
 *
 * @module
 */

/**
 * Settles as `promise` does, or rejects with the reason of `signal` as soon as
 * it aborts: what is under way is then left to itself.
 */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(signal.reason);
  if (signal.aborted) fail();
  else signal.addEventListener("abort", fail, { once: true });
  // When it loses the race, nobody else looks at its rejection.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", fail);
  }
}

/**
 * Resolves with the index of the first task to resolve; the others are
 * aborted and awaited. The first rejection (or `signal`) rejects it.
 */
export async function firstOf(
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
    stop.abort(new Error("another was first"));
    await Promise.allSettled(running);
  }
}

/** Resolves when `watched` aborts; rejects with the reason of `signal` if that is first. */
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
