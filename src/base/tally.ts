/**
 * Counters by name, bounded in number. Pure.
 *
 * @module
 */

/** Maximum number of names; further names are counted as {@linkcode OTHER}. */
export const TALLY_NAMES_MAX = 500;

/** The name for everything beyond {@linkcode TALLY_NAMES_MAX}. */
export const OTHER = "other";

/** Counters by name. */
export interface Tally {
  /** Adds `count` (1 by default) to the counter of a name. */
  add(name: string, count?: number): void;
  /** Counts by name since the tally was created. */
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Creates a tally; `names` start at 0, so that the first increase of each is visible.
 */
export function createTally(names: Iterable<string> = []): Tally {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, 0);
  return {
    add(name, count = 1) {
      const known = counts.has(name) || counts.size < TALLY_NAMES_MAX;
      const under = known ? name : OTHER;
      counts.set(under, (counts.get(under) ?? 0) + count);
    },
    counts,
  };
}
