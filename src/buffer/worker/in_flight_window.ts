/**
 * The in-flight window: limits the rows that were passed to the worker and are not
 * on disk yet. Appends are admitted in the order of their calls.
 *
 * @module
 */

/** Maximum number of rows in flight; further appends wait. */
export const IN_FLIGHT_ROWS_MAX = 20_000;

/** Maximum number of payload bytes in flight. */
export const IN_FLIGHT_BYTES_MAX = 16 * 2 ** 20;

/** Counts the rows in flight. */
export interface InFlightWindow {
  /** Rows in flight now. */
  readonly rows: number;
  /**
   * Resolves, in the order of the calls, once the rows fit into the window or
   * nothing else is in flight. After that they are in flight.
   */
  reserve(rows: number, bytes: number, signal: AbortSignal): Promise<void>;
  /** Sets the total of rows and payload bytes that are on disk, since the start. */
  complete(rowsTotal: number, bytesTotal: number): void;
  /** Rejects all waiting and future reservations. */
  fail(reason: Error): void;
}

interface Waiter {
  readonly rows: number;
  readonly bytes: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Creates an empty window. */
export function createInFlightWindow(): InFlightWindow {
  const started = { rows: 0, bytes: 0 };
  const completed = { rows: 0, bytes: 0 };
  const waiters: Waiter[] = [];
  let failure: Error | undefined;

  function fits(rows: number, bytes: number): boolean {
    const rowsNow = started.rows - completed.rows;
    const bytesNow = started.bytes - completed.bytes;
    if (rowsNow === 0) return true;
    return rowsNow + rows <= IN_FLIGHT_ROWS_MAX &&
      bytesNow + bytes <= IN_FLIGHT_BYTES_MAX;
  }

  function admit(rows: number, bytes: number): void {
    started.rows += rows;
    started.bytes += bytes;
  }

  function admitWaiters(): void {
    for (let next = waiters[0]; next !== undefined; next = waiters[0]) {
      if (!fits(next.rows, next.bytes)) return;
      waiters.shift();
      admit(next.rows, next.bytes);
      next.resolve();
    }
  }

  return {
    get rows() {
      return started.rows - completed.rows;
    },
    reserve(rows, bytes, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (failure !== undefined) return Promise.reject(failure);
      if (waiters.length === 0 && fits(rows, bytes)) {
        admit(rows, bytes);
        return Promise.resolve();
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1);
        reject(signal.reason);
        admitWaiters(); // A large append at the head may have blocked smaller ones.
      };
      const once = <A extends unknown[]>(end: (...args: A) => void) => (...args: A) => {
        signal.removeEventListener("abort", onAbort);
        end(...args);
      };
      const waiter: Waiter = {
        rows,
        bytes,
        resolve: once(resolve),
        reject: once(reject),
      };
      waiters.push(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
      return promise;
    },
    complete(rowsTotal, bytesTotal) {
      completed.rows = rowsTotal;
      completed.bytes = bytesTotal;
      admitWaiters();
    },
    fail(reason) {
      failure ??= reason;
      for (const waiter of waiters.splice(0)) waiter.reject(failure);
    },
  };
}
