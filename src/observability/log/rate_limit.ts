/**
 * Folds what is said again and again: the same event of the same thing is
 * written once a minute at most, and the next line says how often it was left out.
 * Pure.
 *
 * @module
 */

/** What to write now. */
export interface Folded<T> {
  readonly item: T;
  /** How many like it were left out since the last one that was written. */
  readonly repeats: number;
}

/** Remembers what was written. */
export interface Fold<T> {
  /**
   * Notes an item; gives what is to be written now: the item itself unless its
   * like was written within the window, and before it the newest of those left
   * out whose window is over. `burst` = so many of a kind are written in a
   * window before any is left out; 1 unless given.
   */
  offer(key: string, item: T, nowMs: number, burst?: number): readonly Folded<T>[];
  /** The newest of each kind left out and not yet told of; forgets all. */
  drain(): readonly Folded<T>[];
}

interface Kind<T> {
  untilMs: number;
  written: number;
  repeats: number;
  newest: T | undefined;
}

/** The window. */
export const FOLD_WINDOW_MS = 60_000;

/** No more kinds are remembered; the oldest is forgotten first. */
const KINDS_MAX = 4_096;

/** Makes a fold. */
export function createFold<T>(windowMs = FOLD_WINDOW_MS): Fold<T> {
  // In the order of `untilMs`: each is put at the end when its window begins.
  const kinds = new Map<string, Kind<T>>();

  function begun(nowMs: number): Kind<T> {
    return { untilMs: nowMs + windowMs, written: 1, repeats: 0, newest: undefined };
  }

  function* over(nowMs: number): Generator<Folded<T>> {
    for (const [key, kind] of kinds) {
      // A clock that was set back must not silence the log for longer than a window.
      if (kind.untilMs > nowMs && kind.untilMs <= nowMs + windowMs) break;
      kinds.delete(key);
      if (kind.newest === undefined) continue;
      kinds.set(key, begun(nowMs));
      yield { item: kind.newest, repeats: kind.repeats - 1 };
    }
  }

  return {
    offer(key, item, nowMs, burst = 1) {
      const due = [...over(nowMs)];
      const kind = kinds.get(key);
      if (kind !== undefined && kind.written < burst) {
        kind.written++;
        return [...due, { item, repeats: 0 }];
      }
      if (kind !== undefined) {
        kind.repeats++;
        kind.newest = item;
        return due;
      }
      kinds.set(key, begun(nowMs));
      const [oldest] = kinds.keys();
      if (kinds.size > KINDS_MAX && oldest !== undefined) kinds.delete(oldest);
      return [...due, { item, repeats: 0 }];
    },
    drain() {
      const rest = [...kinds.values()].flatMap(({ newest, repeats }) =>
        newest === undefined ? [] : [{ item: newest, repeats: repeats - 1 }]
      );
      kinds.clear();
      return rest;
    },
  };
}
