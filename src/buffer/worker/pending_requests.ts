/**
 * Requests to the worker that wait for a response.
 *
 * @module
 */

/** The pending requests. */
export interface PendingRequests {
  /** Sends a request with `send(id)`; resolves with its response. */
  request<T>(send: (id: number) => void, signal: AbortSignal): Promise<T>;
  /** Passes a response on; ignored if the request was aborted. */
  respond(id: number, value: unknown): void;
  /** Resolves once a row with an id > `afterId` is stored. */
  waitForRows(afterId: number, signal: AbortSignal): Promise<void>;
  /** Rows up to this id are stored: resolves the waits for them. */
  notifyStored(lastId: number): void;
  /** Rejects all pending and future requests. */
  fail(reason: Error): void;
}

interface Waiting {
  /** Set for waits for rows only: they resolve with a later row. */
  readonly afterId: number | undefined;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** Creates an empty list of requests. */
export function createPendingRequests(): PendingRequests {
  const waiting = new Map<number, Waiting>();
  let lastRequestId = 0;
  let failure: Error | undefined;

  function wait<T>(
    afterId: number | undefined,
    send: (id: number) => void,
    signal: AbortSignal,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (failure !== undefined) return Promise.reject(failure);
    const id = ++lastRequestId;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      waiting.delete(id);
      reject(signal.reason);
    };
    const done = (): void => {
      waiting.delete(id);
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    waiting.set(id, {
      afterId,
      resolve(value) {
        done();
        resolve(value as T);
      },
      reject(reason) {
        done();
        reject(reason);
      },
    });
    send(id);
    return promise;
  }

  return {
    request: (send, signal) => wait(undefined, send, signal),
    respond: (id, value) => waiting.get(id)?.resolve(value),
    waitForRows: (afterId, signal) => wait(afterId, () => {}, signal),
    notifyStored(lastId) {
      for (const { afterId, resolve } of [...waiting.values()]) {
        if (afterId !== undefined && afterId < lastId) resolve(undefined);
      }
    },
    fail(reason) {
      failure ??= reason;
      for (const { reject } of [...waiting.values()]) reject(failure);
    },
  };
}
