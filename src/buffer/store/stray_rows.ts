/**
 * Rows whose id was damaged into one that was never assigned: below 1, or above the
 * last one. Readers would never reach them.
 *
 * @module
 */

import { lastId } from "../transaction.ts";
import { type Db, singleNumber, textColumn } from "./database.ts";

/** More rows than this: not they are damaged, but the last id that was assigned. */
export const STRAY_ROWS_MAX = 1_000;

/**
 * Gives such rows the next ids, inside the caller's transaction: they are delivered
 * late, but unchanged.
 *
 * @returns the number of moved rows.
 */
export function moveStrayRows(db: Db): number {
  const last = lastId(db);
  // CAST: the driver cannot return an integer beyond 2^53. Two selects: for an OR with an
  // order, SQLite reads the whole table.
  const select = "SELECT CAST(id AS TEXT) FROM telemetry_queue WHERE";
  const strays = db.statement(`${select} id > ? UNION ALL ${select} id < 1 LIMIT ?`)
    .rows(last, STRAY_ROWS_MAX + 1).map((row) => textColumn(row[0]));
  if (strays.length === 0) return 0;
  if (strays.length > STRAY_ROWS_MAX) {
    const sql = "SELECT max(id) FROM telemetry_queue WHERE id <= ?";
    setLastId(db, Number(db.statement(sql).rows(2 ** 52)[0]?.[0] ?? last));
    return 0;
  }
  const move = db.statement(
    "UPDATE telemetry_queue SET id = ? WHERE id = CAST(? AS INTEGER)",
  );
  strays.forEach((id, at) => move.run(last + 1 + at, id));
  setLastId(db, last + strays.length);
  return strays.length;
}

/** The number of such rows. */
export function countStrayRows(db: Db): number {
  const sql = "SELECT count(*) FROM telemetry_queue WHERE id < 1 OR id > ?";
  return singleNumber(db.statement(sql).rows(lastId(db)), 0);
}

function setLastId(db: Db, id: number): void {
  db.exec("DELETE FROM sqlite_sequence WHERE name = 'telemetry_queue'");
  db.statement("INSERT INTO sqlite_sequence(name, seq) VALUES('telemetry_queue', ?)")
    .run(id);
}
