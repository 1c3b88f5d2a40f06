/**
 * Compares two rosters. Pure.
 *
 * @module
 */

import { stableJson } from "../../base/stable_json.ts";
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
  const old = new Map(before.map((entry) => [entry.key, stableJson(entry)]));
  const keys = new Set(after.map(({ key }) => key));
  return {
    removed: before.filter(({ key }) => !keys.has(key)).map(({ key }) => key),
    changed: after
      .filter((entry) =>
        (old.get(entry.key) ?? stableJson(entry)) !== stableJson(entry)
      )
      .map(({ key }) => key),
    added: after.filter(({ key }) => !old.has(key)).map(({ key }) => key),
  };
}
