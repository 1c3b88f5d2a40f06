/**
 * The tables of the buffer's file, and how a file of an earlier version
 * becomes one of this.
 *
 * @module
 */

import { type Db, single } from "./database.ts";

/** `user_version` of files that this program writes. */
export const SCHEMA_VERSION = 1;

/** Bytes of a page; fixed, so that the accounts hold on every machine. */
export const PAGE_BYTES = 4096;

/** Step n brings a file from version n to n+1; a step, once released, never changes. */
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
];

/** What stands in a file. */
export type Standing =
  | { readonly is: "ours"; readonly version: number }
  | { readonly is: "newer"; readonly version: number }
  | { readonly is: "foreign" };

/** Whose file this is, by `user_version` and its tables. */
export function standing(db: Db): Standing {
  const version = single(db.statement("PRAGMA user_version").rows(), 0);
  const tables = single(db.statement("SELECT count(*) FROM sqlite_master").rows(), 0);
  if (version > SCHEMA_VERSION) return { is: "newer", version };
  if (version < 0 || (version === 0) !== (tables === 0)) return { is: "foreign" };
  return { is: "ours", version };
}

/** Brings the file to {@linkcode SCHEMA_VERSION}, whole or not at all. */
export function migrate(db: Db): void {
  if (single(db.statement("PRAGMA page_count").rows(), 0) === 0) {
    // Any other file would only be written to by these, and synced, for nothing.
    db.exec(`PRAGMA page_size=${PAGE_BYTES}`);
    db.exec("PRAGMA auto_vacuum=INCREMENTAL");
  }
  db.exec("PRAGMA journal_mode=WAL");
  db.exec("PRAGMA temp_store=MEMORY");
  db.setFull(true);
  db.transaction(() => {
    const version = single(db.statement("PRAGMA user_version").rows(), 0);
    for (const step of STEPS.slice(version)) db.exec(step);
    if (version !== STEPS.length) db.exec(`PRAGMA user_version=${STEPS.length}`);
  });
}
