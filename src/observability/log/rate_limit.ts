/**
 * Rate limiter of the log: of the entries with one key, one is written per window
 * (a minute), and the next one carries the number of suppressed ones. Pure.
 *
 * @module
 */

/** An entry to write now. */
export interface Admitted<T> {
  readonly item: T;
  /** Entries of this key that were suppressed since the last written one. */
  readonly suppressed: number;
}

/** Limits entries by key. */
export interface RateLimiter<T> {
  /**
   * Adds an entry and returns the entries to write now: for each key whose window
   * has ended, the newest suppressed one; then the new entry, unless it is suppressed.
   *
   * @param burst entries of this key that are written per window; default 1.
   */
  admit(key: string, item: T, nowMs: number, burst?: number): readonly Admitted<T>[];
  /** Returns the newest suppressed entry of each key and forgets all keys. */
  drain(): readonly Admitted<T>[];
}

interface Window<T> {
  untilMs: number;
  written: number;
  suppressed: number;
  newest: T | undefined;
}

/** Length of a window, in ms. */
export const RATE_LIMIT_WINDOW_MS = 60_000;

/** Maximum number of tracked keys; beyond it the oldest is evicted. */
const KEYS_MAX = 4_096;

/** Creates a rate limiter. */
export function createRateLimiter<T>(windowMs = RATE_LIMIT_WINDOW_MS): RateLimiter<T> {
  // Ordered by `untilMs`: a key is appended when its window begins.
  const windows = new Map<string, Window<T>>();

  function begin(key: string, nowMs: number): void {
    windows.set(key, {
      untilMs: nowMs + windowMs,
      written: 1,
      suppressed: 0,
      newest: undefined,
    });
  }

  function* ended(nowMs: number): Generator<Admitted<T>> {
    for (const [key, window] of windows) {
      // A clock that is set back suppresses entries for one window at most.
      if (window.untilMs > nowMs && window.untilMs <= nowMs + windowMs) break;
      windows.delete(key);
      if (window.newest === undefined) continue;
      begin(key, nowMs);
      yield { item: window.newest, suppressed: window.suppressed - 1 };
    }
  }

  return {
    admit(key, item, nowMs, burst = 1) {
      const due = [...ended(nowMs)];
      const window = windows.get(key);
      if (window !== undefined && window.written < burst) {
        window.written++;
        return [...due, { item, suppressed: 0 }];
      }
      if (window !== undefined) {
        window.suppressed++;
        window.newest = item;
        return due;
      }
      begin(key, nowMs);
      const [oldest] = windows.keys();
      if (windows.size > KEYS_MAX && oldest !== undefined) windows.delete(oldest);
      return [...due, { item, suppressed: 0 }];
    },
    drain() {
      const rest = [...windows.values()].flatMap(({ newest, suppressed }) =>
        newest === undefined ? [] : [{ item: newest, suppressed: suppressed - 1 }]
      );
      windows.clear();
      return rest;
    },
  };
}
