/**
 * Compares two rosters. Pure.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import type { RosterEntry } from "./roster.ts";

/** The difference between two rosters; entries in none of the lists are equal. */
export interface RosterChange {
  /** Keys of entries that are only in the first roster. */
  readonly removed: readonly string[];
  /** Keys of entries with the same unit but different settings. */
  readonly changed: readonly string[];
  /** Keys of entries that are only in the second roster. */
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

/** JSON text with sorted keys at every depth: equal for entries that are equal. */
function fingerprint(entry: RosterEntry): string {
  return JSON.stringify(
    entry,
    (_key, value: unknown) =>
      isObject(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  );
}
