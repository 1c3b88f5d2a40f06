/**
 * What to give up when there is too much, oldest first; and how `max_bytes` is
 * shared between the database and its log. Pure.
 *
 * @module
 */

import { PAGE_BYTES } from "./store/schema.ts";

/** The smallest `max_bytes` that is kept; with less, every row is given up. */
export const BYTES_MIN = 256 * 1024;

const WAL_BYTES_MIN = 128 * 1024;
const WAL_BYTES_MAX = 4 * 2 ** 20;

/** How `max_bytes` is shared. */
export interface StorageLimits {
  /** Most bytes of the database file: its pages, in use or free. */
  readonly fileBytesMax: number;
  /** Most bytes of the write-ahead log: what is left of `max_bytes`. */
  readonly walBytesMax: number;
  /** Pages in the log at which it is copied back into the file. */
  readonly checkpointPages: number;
  /** Most bytes of rows in one transaction, so that the log stays in its bound. */
  readonly commitBytesMax: number;
}

/**
 * Shares `max_bytes`. The log grows to its checkpoint and then by one
 * transaction, which may write three times the bytes of its rows (the rows, the
 * index, and the pages of as many rows that were given up): 3/8 + 3 x 1/8 of
 * its share, and a quarter to spare.
 */
export function shareBytes(maxBytes: number): StorageLimits {
  const walBytesMax = Math.min(
    Math.max(Math.floor(maxBytes / 8), WAL_BYTES_MIN),
    WAL_BYTES_MAX,
  );
  return {
    fileBytesMax: Math.max(0, maxBytes - walBytesMax),
    walBytesMax,
    checkpointPages: Math.floor(walBytesMax * 3 / 8 / PAGE_BYTES),
    commitBytesMax: Math.floor(walBytesMax / 8),
  };
}

/** What SQLite adds to a row: cell header, rowid, column types, numbers, page pointer. */
const ROW_OVERHEAD_BYTES = 40;
/** An entry of idx_created_at (2 x 9 bytes at most) in a page that is half full. */
const INDEX_BYTES = 36;
/** https://sqlite.org/fileformat2.html, 1.6: what a table leaf may hold of one cell. */
const LEAF_BYTES = PAGE_BYTES - 8;
const LOCAL_BYTES_MAX = PAGE_BYTES - 35;
const OVERFLOW_BYTES = PAGE_BYTES - 4;

/** The bytes of pages that a row costs, at most: rows never share a page unevenly. */
export function rowBytes(
  payloadBytes: number,
  topicLength: number,
  keyLength: number,
): number {
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  const cell = payloadBytes + 3 * (topicLength + keyLength) + ROW_OVERHEAD_BYTES;
  const pages = cell <= LOCAL_BYTES_MAX
    ? 1 / Math.floor(LEAF_BYTES / cell)
    : Math.ceil(cell / OVERFLOW_BYTES) + 1;
  return Math.ceil(pages * PAGE_BYTES) + INDEX_BYTES;
}

/** What there is too much of. */
export interface Excess {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * How many rows, oldest first, must go so that no excess is left.
 *
 * @param sizes bytes of each row, oldest first
 * @returns a count; all of them, if even that is not enough.
 */
export function countToGiveUp(sizes: readonly number[], excess: Excess): number {
  let bytes = 0;
  let count = 0;
  for (const size of sizes) {
    if (count >= excess.rows && bytes >= excess.bytes) break;
    bytes += size;
    count++;
  }
  return count;
}

/** Free pages that are kept for the rows to come before the file is made shorter. */
const FREE_PAGES_KEPT = 256;
/** Pages given back at a time, so that no commit waits long for it. */
const VACUUM_PAGES_MAX = 256;

/**
 * How many free pages to give back to the file system now: what stands above
 * the bound, else some of them once they are more than all that is in use (the
 * outage is over, and the rest of it will not come back soon).
 */
export function pagesToRelease(
  pages: { readonly all: number; readonly free: number },
  fileBytesMax: number,
): number {
  const above = pages.all - Math.floor(fileBytesMax / PAGE_BYTES);
  if (above > 0) return Math.min(above, pages.free, 4 * VACUUM_PAGES_MAX);
  const used = pages.all - pages.free;
  if (pages.free <= Math.max(FREE_PAGES_KEPT, used)) return 0;
  return Math.min(pages.free - FREE_PAGES_KEPT, VACUUM_PAGES_MAX);
}
