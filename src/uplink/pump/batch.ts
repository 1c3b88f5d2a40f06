/**
 * The batch size limit: halved after failures, increased again after successes.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";

/** Number of slow sends that must succeed before the batch limit is doubled. */
const SUCCESSES_NEEDED = 4;
/** That number is multiplied by this each time a doubled limit fails. */
const SUCCESSES_FACTOR = 4;
/** Upper limit of that number. */
const SUCCESSES_NEEDED_MAX = 64;

/** A limit of rows per batch that adapts to the results of the sends. */
export interface BatchBound {
  /** The current limit, at least 1. */
  readonly rowsMax: number;
  /** The limit was doubled and no batch has been delivered at it yet. */
  readonly isTrial: boolean;
  /** A batch of `rows` rows was too large: sets the limit to half of it, at least 1. */
  shrink(rows: number): void;
  /**
   * A batch of `rows` rows was delivered. A full batch doubles the limit at once if
   * it was `easy` (twice as many rows would also have been in time), otherwise after
   * several successes, and after more of them if a doubled limit failed before.
   */
  grow(rows: number, easy: boolean): void;
}

/** Creates a limit that starts at its maximum. */
export function createBatchBound(rowsLimit: number): BatchBound {
  let rowsMax = rowsLimit;
  let successes = 0;
  let successesNeeded = SUCCESSES_NEEDED;
  let isTrial = false;
  return {
    get rowsMax() {
      return rowsMax;
    },
    get isTrial() {
      return isTrial;
    },
    shrink(rows) {
      // A failed trial costs a timeout and duplicate rows.
      if (isTrial && rows >= rowsMax) {
        successesNeeded = Math.min(
          SUCCESSES_NEEDED_MAX,
          successesNeeded * SUCCESSES_FACTOR,
        );
      }
      rowsMax = Math.max(1, Math.min(rowsMax, Math.ceil(rows / 2)));
      successes = 0;
      isTrial = false;
    },
    grow(rows, easy) {
      if (rows < rowsMax) return; // does not test the limit
      if (isTrial) successesNeeded = SUCCESSES_NEEDED;
      isTrial = false;
      successes++;
      if (rowsMax === rowsLimit || !easy && successes < successesNeeded) return;
      rowsMax = Math.min(rowsLimit, rowsMax * 2);
      successes = 0;
      isTrial = true;
    },
  };
}

/** Number of rows at the front of `rows` within both limits; at least one, if there is one. */
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
