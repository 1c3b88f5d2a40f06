/**
 * How large a batch may be: halved by failure, grown again by success.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";

/** So many sends that took their time must succeed at a bound before it doubles. */
const PATIENCE = 4;
/** Each time that a doubled bound fails, so many times more. */
const PATIENCE_FACTOR = 4;
/** More successes than this are never waited for. */
const PATIENCE_MAX = 64;

/** A bound on rows per batch that learns from what becomes of the batches. */
export interface BatchBound {
  /** The bound now: 1 to the most that was given. */
  readonly rowsMax: number;
  /** A batch of `rows` rows was too much: half of it from now on, one at least. */
  shrink(rows: number): void;
  /**
   * A batch of `rows` rows was taken. A full one that was `easy` (twice as many
   * would have gone in time) doubles the bound at once; of others it takes a few,
   * and more of them where doubling failed before.
   */
  grow(rows: number, easy: boolean): void;
}

/** Makes a bound that begins at its most. */
export function createBatchBound(rowsMostEver: number): BatchBound {
  let rowsMax = rowsMostEver;
  let taken = 0;
  let patience = PATIENCE;
  /** The bound has just doubled, and no batch was taken at it. */
  let tried = false;
  return {
    get rowsMax() {
      return rowsMax;
    },
    shrink(rows) {
      // A try in vain costs a timeout, and rows that arrive twice.
      if (tried && rows >= rowsMax) {
        patience = Math.min(PATIENCE_MAX, patience * PATIENCE_FACTOR);
      }
      rowsMax = Math.max(1, Math.min(rowsMax, Math.ceil(rows / 2)));
      taken = 0;
      tried = false;
    },
    grow(rows, easy) {
      if (rows < rowsMax) return; // says nothing of the bound
      if (tried) patience = PATIENCE;
      tried = false;
      taken++;
      if (rowsMax === rowsMostEver || !easy && taken < patience) return;
      rowsMax = Math.min(rowsMostEver, rowsMax * 2);
      taken = 0;
      tried = true;
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
