/**
 * The tables of the buffer's file, and the migration of files written by earlier
 * versions.
 *
 * @module
 */

import { type Db, singleNumber } from "./database.ts";

/** `PRAGMA user_version` of the files that this program writes. */
export const SCHEMA_VERSION = 3;

/** Page size in bytes; fixed, because the size calculations depend on it. */
export const PAGE_BYTES = 4096;

/** Step n migrates a file from version n to n+1; a released step never changes. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE telemetry_queue(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    retry_count INTEGER DEFAULT 0,
    created_at INTEGER NOT NULL,
    key TEXT,
    crc INTEGER
  );
  CREATE INDEX idx_created_at ON telemetry_queue(created_at);
  CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE streams(
    stream TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE schemas(fingerprint TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE dead_letters(
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    retry_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    key TEXT,
    crc INTEGER,
    reason TEXT NOT NULL,
    buried_at INTEGER NOT NULL
  );
  CREATE TABLE gaps(
    id INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    announced_by INTEGER
  );
  `,
  // Checks of whole rows; NULL in rows of version 1. Adding a column rewrites no row.
  `
  ALTER TABLE telemetry_queue ADD COLUMN stream_crc INTEGER;
  ALTER TABLE telemetry_queue ADD COLUMN epoch INTEGER;
  ALTER TABLE telemetry_queue ADD COLUMN seq INTEGER;
  ALTER TABLE telemetry_queue ADD COLUMN row_crc INTEGER;
  ALTER TABLE streams ADD COLUMN crc INTEGER;
  ALTER TABLE schemas ADD COLUMN crc INTEGER;
  CREATE TABLE gap_copies(id INTEGER PRIMARY KEY, copy TEXT NOT NULL);
  `,
  // Merged gaps; NULL in rows of versions 1 and 2, whose gaps lack all their numbers.
  `
  ALTER TABLE gaps ADD COLUMN last_epoch INTEGER;
  ALTER TABLE gaps ADD COLUMN records INTEGER;
  `,
];

/** Which program and version wrote a file; an empty file is `ours` with version 0. */
export type FileClass =
  | { readonly kind: "ours"; readonly version: number }
  | { readonly kind: "newer"; readonly version: number }
  | { readonly kind: "foreign" };

/** Classifies a file by `user_version` and its tables. */
export function classifyFile(db: Db): FileClass {
  const version = singleNumber(db.statement("PRAGMA user_version").rows(), 0);
  const tables = singleNumber(
    db.statement("SELECT count(*) FROM sqlite_master").rows(),
    0,
  );
  if (version > SCHEMA_VERSION) return { kind: "newer", version };
  if (version < 0 || (version === 0) !== (tables === 0)) return { kind: "foreign" };
  return { kind: "ours", version };
}

/** True if a file has the columns of version 2; a quarantined file may be older. */
export function hasRowChecks(db: Db): boolean {
  return singleNumber(db.statement("PRAGMA user_version").rows(), 0) >= 2;
}

/** True if a file has the columns of version 3; a quarantined file may be older. */
export function hasMergedGaps(db: Db): boolean {
  return singleNumber(db.statement("PRAGMA user_version").rows(), 0) >= 3;
}

/**
 * Throws if a column of the rows is missing: a damaged schema passes SQLite's checks.
 *
 * @throws {DbFailure}
 */
export function requireColumns(db: Db): void {
  const columns = "id, topic, payload, retry_count, created_at, key, crc";
  for (
    const table of [
      `SELECT ${columns}, stream_crc, epoch, seq, row_crc FROM telemetry_queue`,
      `SELECT ${columns}, reason, buried_at FROM dead_letters`,
    ]
  ) db.statement(`${table} LIMIT 0`).rows();
}

/** Migrates the file to {@linkcode SCHEMA_VERSION} in one transaction. */
export function migrate(db: Db): void {
  if (singleNumber(db.statement("PRAGMA page_count").rows(), 0) === 0) {
    // On an existing file these pragmas only cause a write and a sync.
    db.exec(`PRAGMA page_size=${PAGE_BYTES}`);
    db.exec("PRAGMA auto_vacuum=INCREMENTAL");
  }
  db.exec("PRAGMA journal_mode=WAL");
  db.exec("PRAGMA temp_store=MEMORY");
  db.setFull(true);
  db.transaction(() => {
    const version = singleNumber(db.statement("PRAGMA user_version").rows(), 0);
    for (const step of STEPS.slice(version)) db.exec(step);
    if (version !== STEPS.length) db.exec(`PRAGMA user_version=${STEPS.length}`);
  });
}
