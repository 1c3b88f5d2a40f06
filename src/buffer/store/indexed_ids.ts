/**
 * The ids that the index of a damaged file lists. A row that is listed there and is
 * absent from the table was lost: damage can leave a page of the table valid but with
 * fewer rows.
 *
 * @module
 */

import { type Db, isUnusableContent } from "./database.ts";

/** Maximum number of ranges of ids in memory; ids beyond it are not listed. */
export const RANGES_MAX = 500_000;

/** A set of ids. */
export interface IdSet {
  has(id: number): boolean;
  /** The ids in the open interval between `from` and `to`, ascending. */
  between(from: number, to: number): Iterable<number>;
}

/** A range of consecutive ids; both ends are included. */
type Range = readonly [first: number, last: number];

/**
 * Reads the index from both ends, each time up to the first entry that cannot be read.
 * A damaged index lists fewer ids, or ids that never existed.
 */
export function readIndexedIds(db: Db): IdSet {
  const ranges: Range[] = [];
  collect(ids(db, "ASC"), ranges, createIdSet([]));
  collect(ids(db, "DESC"), ranges, createIdSet(ranges));
  return createIdSet(ranges);
}

function* ids(db: Db, order: "ASC" | "DESC"): Generator<number> {
  try {
    const rows = db.statement(
      "SELECT id FROM telemetry_queue INDEXED BY idx_created_at " +
        `WHERE id BETWEEN 1 AND ? ORDER BY created_at ${order}, id ${order}`,
    ).iterate(Number.MAX_SAFE_INTEGER);
    for (const [id] of rows) {
      if (typeof id === "number") yield id;
    }
  } catch (error) {
    if (!isUnusableContent(error)) throw error; // else: the index is absent or damaged
  }
}

/** Adds the ids to `ranges`, up to the first that is in `known`. */
function collect(ids: Iterable<number>, ranges: Range[], known: IdSet): void {
  for (const id of ids) {
    if (known.has(id)) return;
    const [first, last] = ranges.at(-1) ?? [0, -1];
    if (id === last + 1) ranges[ranges.length - 1] = [first, id];
    else if (id === first - 1) ranges[ranges.length - 1] = [id, last];
    else if (ranges.length >= RANGES_MAX) return;
    else ranges.push([id, id]);
  }
}

/** Creates a set; the ranges may overlap and have any order. */
export function createIdSet(unordered: readonly Range[]): IdSet {
  const ranges: Range[] = [];
  for (const [from, to] of unordered.toSorted(([a], [b]) => a - b)) {
    const before = ranges.at(-1);
    if (before === undefined || from > before[1]) ranges.push([from, to]);
    else ranges[ranges.length - 1] = [before[0], Math.max(before[1], to)];
  }

  /** The position of the first range that ends at `id` or later. */
  function positionOf(id: number): number {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const [, last = Infinity] = ranges[middle] ?? [];
      if (last < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    has: (id) => (ranges[positionOf(id)]?.[0] ?? Infinity) <= id,
    *between(from, to) {
      for (let at = positionOf(from + 1); at < ranges.length; at++) {
        const [first, last] = ranges[at] ?? [Infinity, Infinity];
        for (let id = Math.max(first, from + 1); id <= last; id++) {
          if (id >= to) return;
          yield id;
        }
      }
    },
  };
}
