/**
 * The table `schemas`: the text of each Avro schema by fingerprint. A text is used only
 * if it matches its fingerprint.
 *
 * @module
 */

import { textFingerprint } from "../../records/avro/fingerprint.ts";
import { type Crc32, schemaCrc } from "../row_checksum.ts";
import type { Db, SqlValue } from "./database.ts";
import { hasRowChecks } from "./schema.ts";

/** The schemas of a file. */
export interface StoredSchemas {
  /** Text by fingerprint; each text matches its fingerprint. */
  readonly texts: ReadonlyMap<string, string>;
  /** Fingerprint of each row that is not whole; some texts may be usable all the same. */
  readonly damaged: readonly string[];
}

/** Reads and checks all schemas. */
export function loadSchemas(db: Db, crc32: Crc32): StoredSchemas {
  const texts = new Map<string, string>();
  const damaged: string[] = [];
  for (const row of selectSchemas(db, "")) {
    const found = checkSchema(row, crc32);
    if (found.fingerprint !== undefined) texts.set(found.fingerprint, found.text);
    if (!found.isWhole) damaged.push(String(row[0]));
  }
  return { texts, damaged };
}

/** The text of a schema; undefined if there is none that matches the fingerprint. */
export function readSchema(
  db: Db,
  fingerprint: string,
  crc32: Crc32,
): string | undefined {
  const row = selectSchemas(db, "WHERE fingerprint = ?", fingerprint)[0];
  if (row !== undefined) {
    const found = checkSchema(row, crc32);
    if (found.fingerprint === fingerprint) return found.text;
  }
  // Rare: its fingerprint may be what is damaged.
  return loadSchemas(db, crc32).texts.get(fingerprint);
}

/** True if the file contains exactly this schema, whole and with a checksum. */
export function hasSchema(
  db: Db,
  fingerprint: string,
  text: string,
  crc32: Crc32,
): boolean {
  const row = selectSchemas(db, "WHERE fingerprint = ?", fingerprint)[0];
  return row?.[1] === text && row[2] === String(schemaCrc(crc32, fingerprint, text));
}

/** Writes a schema, inside the caller's transaction; replaces a damaged one. */
export function saveSchema(
  db: Db,
  fingerprint: string,
  text: string,
  crc32: Crc32,
): void {
  db.statement(
    "INSERT OR REPLACE INTO schemas(fingerprint, text, crc) VALUES(?, ?, ?)",
  ).run(fingerprint, text, schemaCrc(crc32, fingerprint, text));
}

/**
 * Removes the schemas whose fingerprint is not in `kept`, inside the caller's
 * transaction. Returns their number.
 */
export function removeOtherSchemas(
  db: Db,
  kept: ReadonlySet<string>,
  crc32: Crc32,
): number {
  let removed = 0;
  for (const row of selectSchemas(db, "")) {
    // The text of a schema whose stored fingerprint is damaged can still be used.
    const fingerprint = checkSchema(row, crc32).fingerprint ?? String(row[0]);
    if (kept.has(fingerprint)) continue;
    removed += db.statement("DELETE FROM schemas WHERE fingerprint = ?")
      .run(row[0] ?? null);
  }
  return removed;
}

function selectSchemas(db: Db, tail: string, ...values: SqlValue[]) {
  const crc = hasRowChecks(db) ? "CAST(crc AS TEXT)" : "NULL";
  return db.statement(`SELECT fingerprint, text, ${crc} FROM schemas ${tail}`)
    .rows(...values);
}

type CheckedSchema =
  | { readonly fingerprint: string; readonly text: string; readonly isWhole: boolean }
  | { readonly fingerprint: undefined; readonly isWhole: false };

/**
 * A row without a checksum is of version 1. The checksum also covers what the
 * fingerprint leaves out (documentation, logical types).
 */
function checkSchema(
  [fingerprint, text, crc]: readonly (SqlValue | undefined)[],
  crc32: Crc32,
): CheckedSchema {
  if (typeof text !== "string") return { fingerprint: undefined, isWhole: false };
  const isChecked = typeof fingerprint === "string" && crc !== null;
  if (isChecked && crc === String(schemaCrc(crc32, fingerprint, text))) {
    return { fingerprint, text, isWhole: true };
  }
  const actual = textFingerprint(text);
  if (actual === undefined) return { fingerprint: undefined, isWhole: false };
  const isOwn = actual === fingerprint;
  if (isOwn && crc === null) return { fingerprint, text, isWhole: true };
  const isText = crc === String(schemaCrc(crc32, actual, text));
  // A text that matches its fingerprint is usable even if its checksum does not match.
  return isOwn || isText
    ? { fingerprint: actual, text, isWhole: false }
    : { fingerprint: undefined, isWhole: false };
}
