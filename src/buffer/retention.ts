/**
 * Computes how many rows to evict, and how `max_bytes` is divided between the
 * database file and its write-ahead log. Pure.
 *
 * @module
 */

import { PAGE_BYTES } from "./store/schema.ts";

/** The smallest useful `max_bytes`; below it every row is evicted. */
export const BYTES_MIN = 256 * 1024;

const WAL_BYTES_MIN = 128 * 1024;
const WAL_BYTES_MAX = 4 * 2 ** 20;

/** How `max_bytes` is divided. */
export interface StorageLimits {
  /** Maximum size of the database file, in bytes: all its pages, used or free. */
  readonly fileBytesMax: number;
  /** Maximum size of the write-ahead log, in bytes: the rest of `max_bytes`. */
  readonly walBytesMax: number;
  /** Log size, in pages, at which a checkpoint runs. */
  readonly checkpointPages: number;
  /** Maximum size of the rows of one transaction, in bytes, so that the log stays within its limit. */
  readonly commitBytesMax: number;
  /** Maximum size of the delivered rows that one transaction deletes, in bytes. */
  readonly deleteBytesMax: number;
}

/**
 * Divides `max_bytes` between file and log. The log grows to its checkpoint size
 * and then by one transaction. A transaction may write three times the bytes of
 * its rows: the rows, the index, and the pages of as many evicted rows. That is
 * 3/8 + 3 x 1/8 of the log's share. The last quarter is for the pages of delivered
 * rows: the log contains most of the pages that a deletion empties (measured: 0.6 of
 * their bytes).
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
    deleteBytesMax: Math.floor(walBytesMax / 4),
  };
}

/** Minimum number of rows that a transaction deletes: the mean size is an estimate. */
const DELETE_ROWS_MIN = 50;

/**
 * Number of delivered rows that one transaction may delete.
 *
 * @param stored the rows of the queue, and the bytes of the pages in use
 */
export function deletableRows(
  { deleteBytesMax }: StorageLimits,
  stored: { readonly rows: number; readonly bytes: number },
): number {
  const meanBytes = stored.bytes / Math.max(1, stored.rows);
  return Math.max(DELETE_ROWS_MIN, Math.floor(deleteBytesMax / meanBytes));
}

/** Bytes that SQLite adds to a row: cell header, rowid, column types, numbers, page pointer. */
const ROW_OVERHEAD_BYTES = 64;
/** An entry of idx_created_at (at most 2 x 9 bytes) in a half-full page. */
const INDEX_BYTES = 36;
/** Payload limits of a table leaf cell (https://sqlite.org/fileformat2.html, section 1.6). */
const LEAF_BYTES = PAGE_BYTES - 8;
const LOCAL_BYTES_MAX = PAGE_BYTES - 35;
const OVERFLOW_BYTES = PAGE_BYTES - 4;

/**
 * Upper limit of the page bytes that a row takes, on the assumption that all rows
 * of a page have the same size.
 *
 * @param topicLength UTF-16 code units
 * @param keyLength UTF-16 code units
 */
export function rowBytes(
  payloadBytes: number,
  topicLength: number,
  keyLength: number,
): number {
  // A UTF-16 code unit takes at most three bytes of UTF-8.
  const cell = payloadBytes + 3 * (topicLength + keyLength) + ROW_OVERHEAD_BYTES;
  const pages = cell <= LOCAL_BYTES_MAX
    ? 1 / Math.floor(LEAF_BYTES / cell)
    : Math.ceil(cell / OVERFLOW_BYTES) + 1;
  return Math.ceil(pages * PAGE_BYTES) + INDEX_BYTES;
}

/** Amounts above the limits; 0 or less = within the limit. */
export interface Excess {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Number of rows to evict, oldest first, to remove the excess.
 *
 * @param sizes bytes of each row, oldest first
 * @returns the number of all rows if even that is not enough.
 */
export function countToEvict(sizes: readonly number[], excess: Excess): number {
  let bytes = 0;
  let count = 0;
  for (const size of sizes) {
    if (count >= excess.rows && bytes >= excess.bytes) break;
    bytes += size;
    count++;
  }
  return count;
}

/** Free pages kept for future rows before the file is shortened. */
const FREE_PAGES_KEPT = 256;
/** Pages released at a time, so that the next commit is not delayed. */
const VACUUM_PAGES_MAX = 256;

/**
 * Number of free pages to return to the file system now: the pages above the
 * limit; otherwise some of them once more pages are free than in use (the buffer
 * has drained after an outage).
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
