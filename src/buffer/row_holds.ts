/**
 * The rows that the sender holds: a row that is on its way to the destination, or that
 * may have arrived there, is not evicted, because it would be announced as missing and
 * arrive nevertheless.
 *
 * Held rows are limited to a share of the buffer, so that new rows find room. A hold
 * takes at most half of the unused part of that share and at least one row: batches that
 * are held for a long time do not stop the others. Rows that are held when they are read
 * take at most half of it too, and possibly none.
 *
 * @module
 */

import type { HoldResult, StoredRow } from "./buffer.ts";
import type { QueueChange } from "./queue_state.ts";

/** Held rows take at most this share of the file, and of `max_rows`. */
const SHARE = 1 / 8;

/** The limits of the buffer that the holds depend on. */
export interface HoldLimits {
  readonly fileBytesMax: number;
  readonly rowsMax: number;
}

/** A row to hold. */
export interface HeldRow {
  readonly id: number;
  readonly bytes: number;
}

/** A stored row as one to hold. */
export function heldRow({ id, payload }: StoredRow): HeldRow {
  return { id, bytes: payload.length };
}

/** The rows that are held. */
export interface RowHolds {
  /** Holds rows from the front of `rows`, or names those that were evicted. */
  hold(rows: readonly HeldRow[], limits: HoldLimits): HoldResult;
  /**
   * Holds rows from the front of `rows`, which were just read, up to the first one that is
   * held already or does not fit; returns their number.
   */
  holdRead(rows: readonly HeldRow[], limits: HoldLimits): number;
  /** True if the row is held, or was acknowledged and is not deleted yet. */
  isHeld(id: number): boolean;
  /** The rows were certainly not delivered: they can be evicted again. */
  release(ids: readonly number[]): void;
  /** The rows were delivered: they no longer take a part of the share. */
  settle(ids: readonly number[]): void;
  /** A change was committed. */
  apply(change: QueueChange): void;
}

/**
 * Creates the holds of a buffer that no sender uses yet.
 *
 * @param hasRow true if a row with this id is stored
 */
export function createRowHolds(hasRow: (id: number) => boolean): RowHolds {
  const held = createHeldRows();
  /** The highest id that was evicted since the file was opened. */
  let evictedUpTo = -Infinity;

  return {
    hold(rows, limits) {
      const ids = rows.map(({ id }) => id);
      const evicted = ids.filter((id) => id <= evictedUpTo && !hasRow(id));
      if (evicted.length > 0) return { kind: "evicted", ids: evicted };
      const left = held.left(limits);
      let count = 0;
      for (const row of rows) {
        if (!held.has(row.id)) {
          if (!take(left, row) && count > 0) break;
          held.add(row);
        }
        count++;
      }
      return { kind: "held", rows: count };
    },
    holdRead(rows, limits) {
      const left = held.left(limits);
      let count = 0;
      for (const row of rows) {
        if (held.has(row.id) || !take(left, row)) break;
        held.add(row);
        count++;
      }
      return count;
    },
    isHeld: held.has,
    release(ids) {
      for (const id of ids) if (!held.isSettled(id)) held.remove(id);
    },
    settle: (ids) => ids.forEach(held.settle),
    apply(change) {
      if (change.kind === "delivered") change.ids.forEach(held.remove);
      if (change.kind !== "lost") return;
      change.deadLetters.forEach(held.remove);
      for (const id of change.evicted) evictedUpTo = Math.max(evictedUpTo, id);
    },
  };
}

/** Held rows and their size; a settled row takes no part of the share. */
function createHeldRows() {
  /** Bytes by id; undefined bytes = settled. */
  const held = new Map<number, number | undefined>();
  let rowsHeld = 0;
  let bytesHeld = 0;

  function subtract(id: number): void {
    const bytes = held.get(id);
    if (bytes === undefined) return;
    rowsHeld--;
    bytesHeld -= bytes;
  }

  return {
    has: (id: number): boolean => held.has(id),
    isSettled: (id: number): boolean => held.has(id) && held.get(id) === undefined,
    left: ({ fileBytesMax, rowsMax }: HoldLimits): Left => ({
      rows: (rowsMax * SHARE - rowsHeld) / 2,
      bytes: (fileBytesMax * SHARE - bytesHeld) / 2,
    }),
    add({ id, bytes }: HeldRow): void {
      held.set(id, bytes);
      rowsHeld++;
      bytesHeld += bytes;
    },
    settle(id: number): void {
      subtract(id);
      held.set(id, undefined);
    },
    remove(id: number): void {
      subtract(id);
      held.delete(id);
    },
  };
}

/** What one hold may still take. */
interface Left {
  rows: number;
  bytes: number;
}

/** Subtracts the row; false if it does not fit. */
function take(left: Left, { bytes }: HeldRow): boolean {
  left.rows--;
  left.bytes -= bytes;
  return left.rows >= 0 && left.bytes >= 0;
}
