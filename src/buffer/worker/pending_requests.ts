/**
 * Questions to the worker that wait for an answer.
 *
 * @module
 */

/** The open questions. */
export interface Calls {
  /** Puts a question by `send(id)`; resolves with its answer. */
  call<T>(send: (id: number) => void, signal: AbortSignal): Promise<T>;
  /** The worker's answer; one that nobody waits for any more is dropped. */
  answer(id: number, value: unknown): void;
  /** Resolves once a row with an id beyond `afterId` is stored. */
  waitForRows(afterId: number, signal: AbortSignal): Promise<void>;
  /** Rows up to this id are stored. */
  wakeReaders(lastId: number): void;
  /** Every question, open or to come, is answered with this failure. */
  fail(reason: Error): void;
}

interface Waiting {
  /** Of waits for rows: they end with a later row. */
  readonly afterId: number | undefined;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** Makes the list of open questions. */
export function createCalls(): Calls {
  const waiting = new Map<number, Waiting>();
  let lastCall = 0;
  let failure: Error | undefined;

  function wait<T>(
    afterId: number | undefined,
    send: (id: number) => void,
    signal: AbortSignal,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (failure !== undefined) return Promise.reject(failure);
    const id = ++lastCall;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const leave = (): void => {
      waiting.delete(id);
      reject(signal.reason);
    };
    const done = (): void => {
      waiting.delete(id);
      signal.removeEventListener("abort", leave);
    };
    signal.addEventListener("abort", leave, { once: true });
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
    call: (send, signal) => wait(undefined, send, signal),
    answer: (id, value) => waiting.get(id)?.resolve(value),
    waitForRows: (afterId, signal) => wait(afterId, () => {}, signal),
    wakeReaders(lastId) {
      for (const one of [...waiting.values()]) {
        if (one.afterId !== undefined && one.afterId < lastId) one.resolve(undefined);
      }
    },
    fail(reason) {
      failure ??= reason;
      for (const one of [...waiting.values()]) one.reject(failure);
    },
  };
}
