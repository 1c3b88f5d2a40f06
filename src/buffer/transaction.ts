/**
 * The steps of one commit, each within the transaction that the queue has
 * begun: rows in, rows out, rows set aside.
 *
 * @module
 */

import type { GapReason, NewRow } from "./buffer.ts";
import { type Db, num, type Row, single } from "./store/database.ts";
import type { LostSeq } from "./gaps.ts";
import { PAGE_BYTES } from "./store/schema.ts";

/** Dead letters are for a person to look at; these are enough to see what is wrong. */
export const DEAD_LETTERS_MAX = 1_000;

/** Rows that one INSERT takes: it halves the cost of a row. */
const INSERT_ROWS = 16;
const ROW_PLACES = "(?,?,?,?,?)";
const INSERT =
  "INSERT INTO telemetry_queue(topic, payload, created_at, key, crc) VALUES ";
const INSERT_ONE = INSERT + ROW_PLACES;
const INSERT_MANY = INSERT + Array(INSERT_ROWS).fill(ROW_PLACES).join(",");

/** What a row's payload says of its place in its stream; undefined if it cannot be read. */
export type Identify = (payload: Uint8Array) => Omit<LostSeq, "reason"> | undefined;

/** Pages of the file as this transaction has left them so far. */
export function countPages(db: Db): { all: number; free: number } {
  return {
    all: single(db.statement("PRAGMA page_count").rows(), 0),
    free: single(db.statement("PRAGMA freelist_count").rows(), 0),
  };
}

/** Bytes of the pages in use. */
export function usedBytes(db: Db): number {
  const { all, free } = countPages(db);
  return (all - free) * PAGE_BYTES;
}

/** Inserts rows in order; returns the id of the last (ids rise by one). */
export function insertRows(
  db: Db,
  rows: readonly NewRow[],
  crc32: (bytes: Uint8Array) => number,
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
    return [row.topic, row.payload, row.createdAtMs, row.key, crc32(row.payload)];
  }
}

/** The last id that was ever given. */
export function lastId(db: Db): number {
  const sql = "SELECT seq FROM sqlite_sequence WHERE name = 'telemetry_queue'";
  return single(db.statement(sql).rows(), 0);
}

/** Deletes rows; runs of consecutive ids go in one statement. Returns how many there were. */
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
 * Moves a row to the dead letters, of which the oldest go when they are more
 * than {@linkcode DEAD_LETTERS_MAX} or `bytesMax`.
 */
export function bury(
  db: Db,
  id: number,
  reason: string,
  buriedAtMs: number,
  bytesMax: number,
): Row | undefined {
  const row = db.statement(
    "SELECT id, topic, key, payload FROM telemetry_queue WHERE id = ?",
  ).rows(id)[0];
  if (row === undefined) return undefined;
  db.statement(
    "INSERT OR REPLACE INTO dead_letters " +
      "SELECT id, coalesce(topic, ''), coalesce(payload, x''), coalesce(retry_count, 0), " +
      "coalesce(created_at, 0), key, crc, ?, ? " +
      "FROM telemetry_queue WHERE id = ?",
  ).run(reason, buriedAtMs, id);
  deleteRows(db, [id]);
  const sizes = db.statement(
    "SELECT id, length(payload) FROM dead_letters ORDER BY buried_at DESC, id DESC",
  ).rows();
  let bytes = 0;
  for (const [at, size] of sizes.entries()) {
    bytes += num(size[1]);
    if (at < DEAD_LETTERS_MAX && bytes <= bytesMax) continue;
    db.statement("DELETE FROM dead_letters WHERE id = ?").run(num(size[0]));
  }
  return row;
}

/** What giving up this row (id, topic, key, payload) must announce, if it can be known. */
export function lostBy(
  row: Row,
  reason: GapReason,
  identify: Identify,
): LostSeq | undefined {
  const place = row[3] instanceof Uint8Array ? identify(row[3]) : undefined;
  return place === undefined ? undefined : { ...place, reason };
}
