/**
 * How large a batch may be: halved by failure, grown again by success.
 *
 * @module
 */

import type { StoredRow } from "../buffer/buffer.ts";

/** So many sends must succeed at a bound before it doubles. */
const GROW_AFTER = 4;

/** A bound on rows per batch that learns from what becomes of the batches. */
export interface BatchBound {
  /** The bound now: 1 to the most that was given. */
  readonly rowsMax: number;
  /** A batch of `rows` rows was too much: half of it from now on, one at least. */
  shrink(rows: number): void;
  /** A batch was taken; after a few the bound doubles. */
  grow(): void;
}

/** Makes a bound that begins at its most. */
export function createBatchBound(rowsMostEver: number): BatchBound {
  let rowsMax = rowsMostEver;
  let taken = 0;
  return {
    get rowsMax() {
      return rowsMax;
    },
    shrink(rows) {
      rowsMax = Math.max(1, Math.min(rowsMax, Math.ceil(rows / 2)));
      taken = 0;
    },
    grow() {
      if (rowsMax === rowsMostEver || ++taken < GROW_AFTER) return;
      rowsMax = Math.min(rowsMostEver, rowsMax * 2);
      taken = 0;
    },
  };
}

/** How many of the first `rows` fit both bounds; one at least, if there is one. */
export function countFitting(
  rows: readonly StoredRow[],
  rowsMax: number,
  bytesMax: number,
): number {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += row.payload.length;
    if (count > 0 && (count >= rowsMax || bytes > bytesMax)) break;
    count++;
  }
  return count;
}
