/**
 * Writes a buffer's file as version 1 of its format did: only the payload has a
 * checksum.
 *
 * @module
 */

import type { NewRow } from "../../buffer/buffer.ts";
import type { PendingGap } from "../../buffer/buffer.ts";
import { crc32, openDb } from "../../buffer/store/sqlite.ts";

/** The tables of version 1. */
const TABLES = `
  PRAGMA page_size=4096;
  PRAGMA auto_vacuum=INCREMENTAL;
  PRAGMA journal_mode=WAL;
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
  PRAGMA user_version=1;
`;

/** The contents of a file. */
export interface FirstVersionContents {
  readonly rows: readonly NewRow[];
  readonly schemas: ReadonlyMap<string, string>;
  readonly gaps: readonly PendingGap[];
  readonly epoch: number;
}

/** Creates the file. */
export function writeFirstVersion(
  path: string,
  { rows, schemas, gaps, epoch }: FirstVersionContents,
): void {
  const db = openDb(path);
  db.exec(TABLES);
  for (const { topic, payload, createdAtMs, key, stream, epoch, seq } of rows) {
    db.statement(
      "INSERT INTO telemetry_queue(topic, payload, created_at, key, crc) VALUES(?,?,?,?,?)",
    ).run(topic, payload, createdAtMs, key, crc32(payload));
    db.statement("INSERT OR REPLACE INTO streams VALUES(?,?,?)").run(
      stream,
      epoch,
      seq,
    );
  }
  for (const schema of schemas) {
    db.statement("INSERT INTO schemas VALUES(?,?)").run(...schema);
  }
  for (const { stream, epoch, firstSeq, lastSeq, reason } of gaps) {
    db.statement("INSERT INTO gaps VALUES(NULL,?,?,?,?,?,NULL)")
      .run(stream, epoch, firstSeq, lastSeq, reason);
  }
  db.statement("INSERT INTO meta VALUES('epoch', ?)").run(epoch);
  db.close();
}
