/**
 * Reads which sequence numbers the stored rows have, in short steps. It uses the columns
 * only, because payloads are large.
 *
 * @module
 */

import type { WaitingPage, WaitingRows } from "../high_water/settled.ts";
import { type Db, DbFailure, type SqlRow } from "./database.ts";

/** The subselect reads the primary key in order, so that a step reads `countMax` rows only. */
const SELECT =
  "SELECT CAST(stream_crc AS REAL), CAST(epoch AS REAL), CAST(min(seq) AS REAL), " +
  "CAST(max(seq) AS REAL), count(*), CAST(max(id) AS REAL) FROM (" +
  "SELECT id, stream_crc, epoch, seq FROM telemetry_queue " +
  "WHERE id > ? AND id <= ? ORDER BY id LIMIT ?) GROUP BY stream_crc, epoch";

/**
 * The numbers of the rows after `afterId` up to `lastId`, at most `countMax` rows.
 *
 * @returns undefined if the file cannot be read.
 */
export function readWaitingRows(
  db: Db,
  afterId: number,
  lastId: number,
  countMax: number,
): WaitingPage | undefined {
  try {
    const found = db.statement(SELECT).rows(afterId, lastId, countMax);
    const count = found.reduce((sum, row) => sum + Number(row[4]), 0);
    const readUpTo = Math.max(...found.map((row) => Number(row[5])));
    return {
      rows: found.map(toWaitingRows),
      readUpTo: count < countMax ? null : readUpTo,
    };
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return undefined;
  }
}

function toWaitingRows([crc, epoch, first, last]: SqlRow): WaitingRows {
  const isWhole = [crc, epoch, first, last].every((value) =>
    typeof value === "number" && Number.isSafeInteger(value)
  );
  return {
    streamCrc: isWhole ? Number(crc) : null,
    epoch: Number(epoch),
    first: Number(first),
    last: Number(last),
  };
}
