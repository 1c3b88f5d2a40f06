/**
 * Counts the listeners of an abort signal: the runtime has no function for this.
 *
 * @module
 */

/** A controller whose signal counts its listeners. */
export interface CountedSignal {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  /** Number of `abort` listeners that are registered now. */
  readonly listeners: number;
  /** Number of `abort` listeners that were ever registered. */
  readonly added: number;
}

/** Creates a signal that counts its listeners. */
export function createCountedSignal(): CountedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const current = new Set<unknown>();
  let added = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void => {
    added++;
    current.add(listener);
    add(type, listener, options);
  };
  signal.removeEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void => {
    current.delete(listener);
    remove(type, listener, options);
  };
  return {
    signal,
    abort: (reason) => controller.abort(reason),
    get listeners() {
      return current.size;
    },
    get added() {
      return added;
    },
  };
}
