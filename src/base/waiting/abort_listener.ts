/**
 * One listener per abort signal, however many operations end with it. Adding a listener
 * to a signal and removing it again costs more than a short operation; adding an
 * operation to a set does not.
 *
 * @module
 */

/** An operation that ends when a signal aborts. */
export interface Abortable {
  /** Called once, with the reason of the signal. */
  abort(reason: unknown): void;
}

/** The operations of each signal. A signal keeps its listener, but no operation that has ended. */
const operations = new WeakMap<AbortSignal, Set<Abortable>>();

/**
 * Ends an operation when `signal` aborts, unless it is removed before.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { addAbortable, removeAbortable } from "./abort_listener.ts";
 *
 * const program = new AbortController();
 * const ended: unknown[] = [];
 * const request = { abort: (reason: unknown) => void ended.push(reason) };
 * addAbortable(program.signal, request);
 * removeAbortable(program.signal, request);
 * addAbortable(program.signal, request);
 * program.abort("stop");
 * strictEqual(ended.join(), "stop");
 * ```
 *
 * @throws the reason of `signal` if it has aborted already.
 */
export function addAbortable(signal: AbortSignal, operation: Abortable): void {
  signal.throwIfAborted();
  (operations.get(signal) ?? listen(signal)).add(operation);
}

/** Removes an operation that has ended; no effect if it is not there. */
export function removeAbortable(signal: AbortSignal, operation: Abortable): void {
  operations.get(signal)?.delete(operation);
}

function listen(signal: AbortSignal): Set<Abortable> {
  const current = new Set<Abortable>();
  operations.set(signal, current);
  signal.addEventListener("abort", () => {
    const ended = [...current];
    current.clear();
    for (const operation of ended) operation.abort(signal.reason);
  }, { once: true });
  return current;
}
