/**
 * Computes how many rows to evict, and how `max_bytes` is divided between the
 * database file and its write-ahead log. Pure.
 *
 * @module
 */

import { PAGE_BYTES } from "./store/schema.ts";

/** The least `max_bytes` of a buffer without devices; {@linkcode leastMaxBytes} adds to it. */
export const BYTES_MIN = 512 * 1024;

const WAL_BYTES_MIN = 192 * 1024;
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
 * rows, of which the log contains most (measured: 0.6 of their bytes), and for those of
 * streams and gaps ({@linkcode leastMaxBytes}): a commit that deletes does not evict.
 *
 * @param logBytesMax the log for which the disk has space, if it is smaller
 */
export function shareBytes(maxBytes: number, logBytesMax = Infinity): StorageLimits {
  const walBytesMax = Math.min(
    Math.max(Math.floor(maxBytes / 8), WAL_BYTES_MIN),
    WAL_BYTES_MAX,
  );
  const logBytes = Math.min(walBytesMax, logBytesMax);
  return {
    fileBytesMax: Math.max(0, maxBytes - walBytesMax),
    walBytesMax,
    checkpointPages: Math.floor(logBytes * 3 / 8 / PAGE_BYTES),
    commitBytesMax: Math.floor(logBytes / 8),
    deleteBytesMax: Math.floor(logBytes / 4),
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

/** Maximum number of pending gaps in a large buffer; more make each commit slower. */
const GAPS_MAX = 2_000;

/** Pending gaps take at most this share of the file, but each stream has one. */
const GAPS_SHARE = 1 / 64;

/** Numbers, reason and B-tree overhead of a gap. */
const GAP_OVERHEAD_BYTES = 160;

/** Upper limit of the page bytes of a gap; its table contains the stream's name twice. */
export function gapBytes(stream: string): number {
  return GAP_OVERHEAD_BYTES + 2 * stream.length;
}

/** Maximum number of pending gaps: beyond it, gaps are merged. */
export function gapCountMax(fileBytesMax: number, streams: number): number {
  const fitting = Math.floor(fileBytesMax * GAPS_SHARE / gapBytes("x".repeat(48)));
  return Math.max(streams + STREAM_GAPS_EXTRA, Math.min(GAPS_MAX, fitting));
}

/**
 * Bytes that gaps may still take until they are merged.
 *
 * @param countMax the result of {@linkcode gapCountMax}
 * @param streams names of all streams
 */
export function gapReserveBytes(
  { gaps }: { readonly gaps: readonly { readonly stream: string }[] },
  countMax: number,
  streams: Iterable<string>,
): number {
  let largest = 0;
  for (const stream of streams) largest = Math.max(largest, gapBytes(stream));
  const taken = gaps.reduce((sum, { stream }) => sum + gapBytes(stream), 0);
  return Math.max(0, countMax * largest - taken);
}

/** Gaps beyond one for each stream, so that the merging is not repeated at every commit. */
const STREAM_GAPS_EXTRA = 16;

/** What the least `max_bytes` depends on. */
export interface BufferContent {
  /** Streams, each of which has a row in two tables and up to two rows at once. */
  readonly streams: number;
  /** Upper limit of the page bytes of the schemas. */
  readonly schemaBytes: number;
}

/** Length of a long stream name, for the estimate of the least size. */
const STREAM_NAME_LENGTH = 64;
/** Space for rows that each stream needs: two rows of a large record. */
const STREAM_ROWS_BYTES = 2 * 2_048;
/** Space for rows in any case. */
const ROWS_BYTES_MIN = 64 * 1024;
/** The least size is rounded up to a multiple of this. */
const LEAST_STEP_BYTES = 64 * 1024;

/**
 * The least `max_bytes` at which all promises hold: beside the schemas, the streams and
 * the reserve for gaps there is room for rows of each stream, and the log has room for
 * the pages that one commit changes.
 */
export function leastMaxBytes({ streams, schemaBytes }: BufferContent): number {
  const streamBytes = gapBytes("x".repeat(STREAM_NAME_LENGTH));
  const rows = Math.max(ROWS_BYTES_MIN, streams * STREAM_ROWS_BYTES);
  const fixed = TABLES_PAGES * PAGE_BYTES + schemaBytes;
  for (let bytes = BYTES_MIN;; bytes += LEAST_STEP_BYTES) {
    const { fileBytesMax, walBytesMax } = shareBytes(bytes);
    const names = streams * streamBytes;
    const gaps = gapCountMax(fileBytesMax, streams) * streamBytes;
    const isEnough = fileBytesMax >= fixed + names + gaps + rows;
    if (
      isEnough && (walBytesMax === WAL_BYTES_MAX || names + gaps <= walBytesMax / 4)
    ) {
      return bytes;
    }
  }
}

/** The least `max_bytes` for this content if the limits are smaller; null = they are not. */
export function missingSize(
  content: BufferContent,
  { fileBytesMax, walBytesMax }: StorageLimits,
): number | null {
  const least = leastMaxBytes(content);
  return least > fileBytesMax + walBytesMax ? least : null;
}

/** Pages of the empty tables and a few streams; not available to rows. */
export const TABLES_PAGES = 16;

/** Upper limit of the page bytes of a schema's text. */
export function schemaPageBytes(text: string): number {
  const bytes = new TextEncoder().encode(text).length;
  return (Math.ceil(bytes / OVERFLOW_BYTES) + 1) * PAGE_BYTES;
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
