/**
 * Counts by name: so often this, so often that. Pure.
 *
 * @module
 */

/** No more names are kept apart; what would be another is counted under {@linkcode OTHER}. */
export const TALLY_NAMES_MAX = 500;

/** The name of all that found no place. */
export const OTHER = "other";

/** Counts. */
export interface Tally {
  /** Counts one more of a name. */
  add(name: string, count?: number): void;
  /** By name, since it was made. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Makes a tally; the names given begin at 0, so that the first rise of each is seen. */
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
