/**
 * Removes the schemas that only earlier versions of the program used: each upgrade can
 * add all its schemas once more.
 *
 * @module
 */

import type { Crc32 } from "../row_checksum.ts";
import { type Db, DbFailure, singleNumber } from "./database.ts";
import { removeOtherSchemas } from "./schema_table.ts";

/**
 * Rows that are searched for schemas at most; a row has no column for its schema. If
 * there are more, the schemas are removed at a later stop.
 */
export const ROWS_SEARCHED_MAX = 2_000;

/** The fingerprint in a payload (`records/avro/single_object.ts`). */
const FINGERPRINT_OF_PAYLOAD = "lower(hex(substr(payload, 3, 8)))";

/**
 * Removes the schemas that no row needs, dead letters included, and that this run of
 * the program has not used.
 *
 * @param used fingerprints of the schemas that this run has used
 * @returns the number of removed schemas; 0 if there are too many rows, if one of them
 * cannot be read, or if the disk fails.
 */
export function removeUnusedSchemas(
  db: Db,
  used: ReadonlySet<string>,
  crc32: Crc32,
): number {
  try {
    return db.transaction(() => {
      if (countRows(db) > ROWS_SEARCHED_MAX) return 0;
      return removeOtherSchemas(db, new Set([...used, ...neededByRows(db)]), crc32);
    });
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return 0; // A row that cannot be read may need a schema. A later stop tries again.
  }
}

function neededByRows(db: Db): readonly string[] {
  const sql = `SELECT ${FINGERPRINT_OF_PAYLOAD} FROM telemetry_queue ` +
    `UNION SELECT ${FINGERPRINT_OF_PAYLOAD} FROM dead_letters`;
  return db.statement(sql).rows().map(([fingerprint]) => String(fingerprint));
}

function countRows(db: Db): number {
  const sql = "SELECT (SELECT count(*) FROM telemetry_queue) + " +
    "(SELECT count(*) FROM dead_letters)";
  return singleNumber(db.statement(sql).rows(), 0);
}
