/**
 * Collects the unreadable places of a damaged file during one pass over its rows, and
 * derives the sequence numbers that are missing there. Memory is bounded: only the rows
 * around these places are kept. Pure.
 *
 * @module
 */

import type { LastSeq } from "./buffer.ts";
import {
  chooseMissing,
  type Claim,
  missingSeqs,
  type Place,
  type PlacedRow,
} from "./missing_seqs.ts";

/** Rows kept on either side of an unreadable place. */
const WINDOW_ROWS = 2_000;

/** Maximum number of rows kept for places that are near to each other. */
const GROUP_ROWS_MAX = 20_000;

/** Maximum number of rows assumed lost in one place. */
const LOST_MAX = 10_000;

/** One pass over the rows of a file, in their order. */
export interface HoleTracker {
  /** A whole row. */
  addRow(row: Omit<PlacedRow, "id">): void;
  /**
   * Rows that cannot be read.
   *
   * @param count upper limit of their number
   */
  addUnreadable(claimed: Claim, count: number): void;
  /** The numbers that may be missing; call it once, at the end of the pass. */
  end(): readonly Place[];
}

/** Unreadable places that are examined together. */
interface Group {
  readonly first: number;
  last: number;
  count: number;
  readonly claims: Claim[];
  readonly rows: PlacedRow[];
  rowsSince: number;
}

/** Creates a tracker. */
export function createHoleTracker(streams: ReadonlyMap<string, LastSeq>): HoleTracker {
  const found: Place[] = [];
  let position = 0;
  let recent: PlacedRow[] = [];
  let group: Group | undefined;

  function close({ first, last, count, claims, rows }: Group, isToEnd: boolean): void {
    const lost = { first, last, count: Math.min(count, LOST_MAX) };
    const missing = missingSeqs(lost, { rows, isToEnd }, streams);
    found.push(...chooseMissing(claims, missing));
    group = undefined;
  }

  return {
    addRow(place) {
      const row = { ...place, id: ++position };
      recent.push(row);
      if (recent.length >= 2 * WINDOW_ROWS) recent = recent.slice(-WINDOW_ROWS);
      if (group === undefined) return;
      group.rows.push(row);
      group.rowsSince++;
      const isFull = group.rowsSince >= WINDOW_ROWS ||
        group.rows.length >= GROUP_ROWS_MAX;
      if (isFull) close(group, false);
    },
    addUnreadable(claimed, count) {
      position++;
      group ??= {
        first: position,
        last: position,
        count: 0,
        claims: [],
        rows: recent.slice(-WINDOW_ROWS),
        rowsSince: 0,
      };
      group.last = position;
      group.count += count;
      group.claims.push(claimed);
      group.rowsSince = 0;
    },
    end() {
      if (group !== undefined) close(group, true);
      return found;
    },
  };
}
