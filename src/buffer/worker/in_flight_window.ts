/**
 * How much may be on its way to the disk at once: the bound between those who
 * append and the worker. First come, first served.
 *
 * @module
 */

/** Rows handed over and not on disk; an append beyond them waits. */
export const ROWS_ON_THE_WAY_MAX = 20_000;

/** Their payloads' bytes. */
export const BYTES_ON_THE_WAY_MAX = 16 * 2 ** 20;

/** Accounts for rows on their way. */
export interface Handover {
  /** Rows that are on their way now. */
  readonly rows: number;
  /**
   * Resolves, in the order of the calls, once these rows may go: there is room
   * for them, or nothing else is on its way. They count from then on.
   */
  room(rows: number, bytes: number, signal: AbortSignal): Promise<void>;
  /** So many rows and bytes, in all since the start, have arrived. */
  done(rowsInAll: number, bytesInAll: number): void;
  /** Everyone who waits, now or later, is refused. */
  fail(reason: Error): void;
}

interface Waiter {
  readonly rows: number;
  readonly bytes: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/** Makes the account. */
export function createHandover(): Handover {
  const given = { rows: 0, bytes: 0 };
  const arrived = { rows: 0, bytes: 0 };
  const waiters: Waiter[] = [];
  let failure: Error | undefined;

  function fits(rows: number, bytes: number): boolean {
    const rowsNow = given.rows - arrived.rows;
    const bytesNow = given.bytes - arrived.bytes;
    if (rowsNow === 0) return true;
    return rowsNow + rows <= ROWS_ON_THE_WAY_MAX &&
      bytesNow + bytes <= BYTES_ON_THE_WAY_MAX;
  }

  function admit(rows: number, bytes: number): void {
    given.rows += rows;
    given.bytes += bytes;
  }

  function letIn(): void {
    for (let next = waiters[0]; next !== undefined; next = waiters[0]) {
      if (!fits(next.rows, next.bytes)) return;
      waiters.shift();
      admit(next.rows, next.bytes);
      next.resolve();
    }
  }

  return {
    get rows() {
      return given.rows - arrived.rows;
    },
    room(rows, bytes, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (failure !== undefined) return Promise.reject(failure);
      if (waiters.length === 0 && fits(rows, bytes)) {
        admit(rows, bytes);
        return Promise.resolve();
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const leave = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1);
        reject(signal.reason);
        letIn(); // A large one at the head may have kept small ones waiting.
      };
      const settle =
        <A extends unknown[]>(end: (...args: A) => void) => (...args: A) => {
          signal.removeEventListener("abort", leave);
          end(...args);
        };
      const waiter: Waiter = {
        rows,
        bytes,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      waiters.push(waiter);
      signal.addEventListener("abort", leave, { once: true });
      return promise;
    },
    done(rowsInAll, bytesInAll) {
      arrived.rows = rowsInAll;
      arrived.bytes = bytesInAll;
      letIn();
    },
    fail(reason) {
      failure ??= reason;
      for (const waiter of waiters.splice(0)) waiter.reject(failure);
    },
  };
}
