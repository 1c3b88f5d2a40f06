/**
 * Reads rows of the table `telemetry_queue`, also from a damaged page: a row that
 * cannot be read has an id and no other column.
 *
 * @module
 */

import { type Db, isDamage, type SqlRow, type SqlValue } from "./database.ts";
import { hasRowChecks } from "./schema.ts";

const FIRST_COLUMNS = [
  "id",
  "topic",
  "key",
  "payload",
  "crc",
  "created_at",
  "retry_count",
] as const;
const CHECK_COLUMNS = ["stream_crc", "epoch", "seq", "row_crc"] as const;

/** Number of columns of a row. */
const COLUMNS = FIRST_COLUMNS.length + CHECK_COLUMNS.length;

const INTEGERS: ReadonlySet<string> = new Set(
  ["crc", "created_at", "retry_count", ...CHECK_COLUMNS],
);

/** Reads rows as id, topic, key, payload, crc, created_at, retry_count, stream_crc, epoch, seq, row_crc. */
export interface RowTable {
  /**
   * The rows that `tail` selects (`WHERE ... ORDER BY ... LIMIT ...`).
   *
   * @throws {DbFailure} if the structure of the file is damaged.
   */
  select(tail: string, ...values: SqlValue[]): readonly SqlRow[];
  /**
   * The rows from `fromId` on (null = all) in the order of the file, up to the first that
   * cannot be read; an id beyond 2^53 is null.
   */
  scan(fromId: number | null): Iterable<SqlRow>;
}

/**
 * Appends a whole row of another file unchanged, inside the caller's transaction.
 *
 * @param columns as read by {@linkcode RowTable.select}; the copy gets another id
 */
export function copyRow(db: Db, columns: SqlRow): void {
  const names = [...FIRST_COLUMNS, ...CHECK_COLUMNS].slice(1);
  db.statement(
    `INSERT INTO telemetry_queue(${names.join(", ")}) VALUES(${
      names.map(() => "?").join(",")
    })`,
  ).run(...columns.slice(1));
}

/** The columns of a row of which only the id can be read. */
export function unreadableRow(id: SqlValue): SqlRow {
  return [id, ...Array<null>(COLUMNS - 1).fill(null)];
}

/** Opens the table; in a file of version 1 the columns of version 2 are null. */
export function openRowTable(db: Db): RowTable {
  const checks = hasRowChecks(db)
    ? CHECK_COLUMNS
    : CHECK_COLUMNS.map((name) => `NULL AS ${name}`);
  const columns = [...FIRST_COLUMNS, ...checks].join(", ");
  const safe = [...FIRST_COLUMNS, ...checks].map(safeColumn).join(", ");

  /** Each row by itself: one unreadable row fails the whole statement. */
  function readOne(id: SqlValue): SqlRow | undefined {
    try {
      return db.statement(`SELECT ${safe} FROM telemetry_queue WHERE id = ?`)
        .rows(id)[0];
    } catch (error) {
      if (!isDamage(error)) throw error;
      return unreadableRow(id);
    }
  }

  const allSafe = safe.replace("id", safeInteger("id"));

  return {
    scan(fromId) {
      const from = `SELECT ${allSafe} FROM telemetry_queue`;
      return fromId === null
        ? db.statement(`${from} ORDER BY id`).iterate()
        : db.statement(`${from} WHERE id >= ? ORDER BY id`).iterate(fromId);
    },
    select(tail, ...values) {
      try {
        return db.statement(`SELECT ${columns} FROM telemetry_queue ${tail}`)
          .rows(...values);
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
      return db.statement(`SELECT id FROM telemetry_queue ${tail}`).rows(...values)
        .map(([id = null]) => readOne(id)).filter((row) => row !== undefined);
    },
  };
}

/** The column, or NULL for an integer beyond 2^53, which the driver cannot return. */
function safeColumn(name: string): string {
  return INTEGERS.has(name) ? safeInteger(name) : name;
}

function safeInteger(name: string): string {
  const limit = Number.MAX_SAFE_INTEGER;
  return `CASE WHEN typeof(${name}) <> 'integer' OR ${name} BETWEEN -${limit} AND ${limit} ` +
    `THEN ${name} END`;
}
