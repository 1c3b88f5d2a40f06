/**
 * The rows that the sender holds: a row that is on its way to the destination, or that
 * may have arrived there, is not evicted, because it would be announced as missing and
 * arrive nevertheless.
 *
 * Held rows are limited to a share of the buffer, so that new rows find room. A hold
 * takes at most half of what is left of that share and at least one row: batches that
 * are held for a long time do not stop the others.
 *
 * @module
 */

import type { HoldResult } from "./buffer.ts";
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

/** The rows that are held. */
export interface RowHolds {
  /** Holds rows from the front of `rows`, or names those that were evicted. */
  hold(rows: readonly HeldRow[], limits: HoldLimits): HoldResult;
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
  /** Bytes by id; undefined bytes = settled. */
  const held = new Map<number, number | undefined>();
  let rowsHeld = 0;
  let bytesHeld = 0;
  /** The highest id that was evicted since the file was opened. */
  let evictedUpTo = -Infinity;

  function subtract(id: number): void {
    const bytes = held.get(id);
    if (bytes === undefined) return;
    rowsHeld--;
    bytesHeld -= bytes;
  }

  function forget(ids: readonly number[]): void {
    for (const id of ids) {
      subtract(id);
      held.delete(id);
    }
  }

  return {
    hold(rows, { fileBytesMax, rowsMax }) {
      const ids = rows.map(({ id }) => id);
      const evicted = ids.filter((id) => id <= evictedUpTo && !hasRow(id));
      if (evicted.length > 0) return { kind: "evicted", ids: evicted };
      let rowsLeft = (rowsMax * SHARE - rowsHeld) / 2;
      let bytesLeft = (fileBytesMax * SHARE - bytesHeld) / 2;
      let count = 0;
      for (const { id, bytes } of rows) {
        if (!held.has(id)) {
          rowsLeft--;
          bytesLeft -= bytes;
          if (count > 0 && (rowsLeft < 0 || bytesLeft < 0)) break;
          held.set(id, bytes);
          rowsHeld++;
          bytesHeld += bytes;
        }
        count++;
      }
      return { kind: "held", rows: count };
    },
    isHeld: (id) => held.has(id),
    release(ids) {
      for (const id of ids) {
        if (held.get(id) === undefined) continue; // not held, or delivered
        subtract(id);
        held.delete(id);
      }
    },
    settle(ids) {
      for (const id of ids) {
        subtract(id);
        held.set(id, undefined);
      }
    },
    apply(change) {
      if (change.kind === "delivered") forget(change.ids);
      if (change.kind !== "lost") return;
      forget(change.deadLetters);
      for (const id of change.evicted) evictedUpTo = Math.max(evictedUpTo, id);
    },
  };
}
