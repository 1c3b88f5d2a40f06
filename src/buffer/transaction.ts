/**
 * The steps of one commit: insert rows, delete rows, move rows to the dead
 * letters. Each runs inside the queue's transaction.
 *
 * @module
 */

import type { GapReason, NewRow } from "./buffer.ts";
import {
  type Db,
  isDamage,
  numberColumn,
  singleNumber,
  type SqlRow,
} from "./store/database.ts";
import type { LostSeq } from "./gaps.ts";
import { type Crc32, rowCrc, streamCrc } from "./row_checksum.ts";
import { PAGE_BYTES } from "./store/schema.ts";

/** Maximum number of dead letters. They are for diagnosis only; a few are enough. */
export const DEAD_LETTERS_MAX = 1_000;

/** Rows per INSERT; halves the cost per row. */
const INSERT_ROWS = 16;
const ROW_PLACES = "(?,?,?,?,?,?,?,?,?)";
const INSERT =
  "INSERT INTO telemetry_queue(topic, payload, created_at, key, crc, stream_crc, epoch, seq, row_crc) VALUES ";
const INSERT_ONE = INSERT + ROW_PLACES;
const INSERT_MANY = INSERT + Array(INSERT_ROWS).fill(ROW_PLACES).join(",");

/**
 * The sequence numbers that are lost with these rows, which are still in the file.
 *
 * @param rows as in `store/row_table.ts`
 */
export type Identify = (
  rows: readonly SqlRow[],
  reason: GapReason,
) => readonly LostSeq[];

/** Pages of the file, as of this point of the transaction. */
export function countPages(db: Db): { all: number; free: number } {
  return {
    all: singleNumber(db.statement("PRAGMA page_count").rows(), 0),
    free: singleNumber(db.statement("PRAGMA freelist_count").rows(), 0),
  };
}

/** Bytes of the pages in use. */
export function usedBytes(db: Db): number {
  const { all, free } = countPages(db);
  return (all - free) * PAGE_BYTES;
}

/** Inserts rows in order and returns the id of the last one; ids are consecutive. */
export function insertRows(
  db: Db,
  rows: readonly NewRow[],
  crc32: Crc32,
): number {
  const one = db.statement(INSERT_ONE);
  const many = db.statement(INSERT_MANY);
  let at = 0;
  for (; at + INSERT_ROWS <= rows.length; at += INSERT_ROWS) {
    many.run(...rows.slice(at, at + INSERT_ROWS).flatMap(columns));
  }
  for (const row of rows.slice(at)) one.run(...columns(row));
  return lastId(db);

  function columns(row: NewRow): (string | number | Uint8Array)[] {
    const { topic, key, payload, createdAtMs, epoch, seq } = row;
    const crc = crc32(payload);
    const head = {
      ...{ topic, key, createdAtMs, epoch, seq },
      streamCrc: streamCrc(crc32, row.stream),
    };
    return [
      ...[topic, payload, createdAtMs, key, crc],
      ...[head.streamCrc, epoch, seq, rowCrc(crc32, crc, head)],
    ];
  }
}

/** The last id that was ever assigned. */
export function lastId(db: Db): number {
  const sql = "SELECT seq FROM sqlite_sequence WHERE name = 'telemetry_queue'";
  return singleNumber(db.statement(sql).rows(), 0);
}

/** Deletes rows, with one statement per run of consecutive ids. Returns the number of deleted rows. */
export function deleteRows(db: Db, ids: readonly number[]): number {
  const sorted = [...ids].sort((a, b) => a - b);
  const remove = db.statement("DELETE FROM telemetry_queue WHERE id BETWEEN ? AND ?");
  let removed = 0;
  for (let at = 0; at < sorted.length;) {
    const first = sorted[at] ?? 0;
    let last = first;
    for (at++; at < sorted.length && (sorted[at] ?? 0) <= last + 1; at++) {
      last = sorted[at] ?? last;
    }
    removed += remove.run(first, last);
  }
  return removed;
}

/**
 * Moves a row to the dead letters. The oldest dead letters are deleted beyond
 * {@linkcode DEAD_LETTERS_MAX} rows or `bytesMax` payload bytes.
 */
export function moveToDeadLetters(
  db: Db,
  id: number,
  reason: string,
  atMs: number,
  bytesMax: number,
): void {
  try {
    db.statement(
      "INSERT OR REPLACE INTO dead_letters " +
        "SELECT id, coalesce(topic, ''), coalesce(payload, x''), coalesce(retry_count, 0), " +
        "coalesce(created_at, 0), key, crc, ?, ? " +
        "FROM telemetry_queue WHERE id = ?",
    ).run(reason, atMs, id);
  } catch (error) {
    if (!isDamage(error)) throw error; // A row that cannot be read is only deleted.
  }
  deleteRows(db, [id]);
  const sizes = db.statement(
    "SELECT id, length(payload) FROM dead_letters ORDER BY buried_at DESC, id DESC",
  ).rows();
  let bytes = 0;
  for (const [at, size] of sizes.entries()) {
    bytes += numberColumn(size[1]);
    if (at < DEAD_LETTERS_MAX && bytes <= bytesMax) continue;
    db.statement("DELETE FROM dead_letters WHERE id = ?").run(numberColumn(size[0]));
  }
}
