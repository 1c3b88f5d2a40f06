/**
 * What differs between two rosters. Pure.
 *
 * @module
 */

import type { RosterEntry } from "./roster.ts";

/** How to get from one roster to the next; entries in no list stay as they are. */
export interface RosterChange {
  /** Keys of entries that are no more. */
  readonly removed: readonly string[];
  /** Keys of entries that are the same unit, polled otherwise. */
  readonly changed: readonly string[];
  /** Keys of entries that are new. */
  readonly added: readonly string[];
}

/** Compares two rosters by key, which is unique in each. */
export function compareRosters(
  before: readonly RosterEntry[],
  after: readonly RosterEntry[],
): RosterChange {
  const old = new Map(before.map((entry) => [entry.key, fingerprint(entry)]));
  const keys = new Set(after.map(({ key }) => key));
  return {
    removed: before.filter(({ key }) => !keys.has(key)).map(({ key }) => key),
    changed: after
      .filter((entry) =>
        (old.get(entry.key) ?? fingerprint(entry)) !== fingerprint(entry)
      )
      .map(({ key }) => key),
    added: after.filter(({ key }) => !old.has(key)).map(({ key }) => key),
  };
}

/** Entries are plain data that one function makes, so equal ones have equal texts. */
function fingerprint(entry: RosterEntry): string {
  return JSON.stringify(entry);
}
