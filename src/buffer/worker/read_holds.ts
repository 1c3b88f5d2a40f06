/**
 * The main thread's list of rows that the worker held when it read them: they can be sent
 * without asking the worker, which may be in the middle of a slow commit.
 *
 * A row that is in this list was not sent. It leaves the list when it is about to be
 * sent, so that a row that may have arrived is never released with the others.
 *
 * @module
 */

import type { StoredRow } from "../buffer.ts";

/** Rows that are held and were not sent. */
export interface ReadHolds {
  /** These rows are held by a read. */
  add(rows: readonly StoredRow[]): void;
  /** Removes the held rows at the front of `rows`, which are about to be sent; returns their number. */
  take(rows: readonly StoredRow[]): number;
  /** Removes those of `ids` that are held; returns them. */
  remove(ids: readonly number[]): number[];
  /** Removes all; returns their ids. */
  clear(): number[];
}

/** Creates an empty list. */
export function createReadHolds(): ReadHolds {
  const held = new Set<number>();
  return {
    add(rows) {
      for (const { id } of rows) held.add(id);
    },
    take(rows) {
      let count = 0;
      for (const { id } of rows) {
        if (!held.delete(id)) break;
        count++;
      }
      return count;
    },
    remove: (ids) => ids.filter((id) => held.delete(id)),
    clear() {
      const ids = [...held];
      held.clear();
      return ids;
    },
  };
}
