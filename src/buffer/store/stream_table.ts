/**
 * The table `streams`: the last sequence number of each stream. A damaged row is left
 * out, so that its stream starts without a previous number.
 *
 * @module
 */

import type { LastSeq } from "../buffer.ts";
import { type Crc32, lastSeqCrc } from "../row_checksum.ts";
import type { Db } from "./database.ts";
import { hasRowChecks } from "./schema.ts";

/** Reads the last number of each stream. */
export function loadStreams(db: Db, crc32: Crc32): ReadonlyMap<string, LastSeq> {
  const streams = new Map<string, LastSeq>();
  const crc = hasRowChecks(db) ? "CAST(crc AS TEXT)" : "NULL";
  const rows = db.statement(
    `SELECT stream, CAST(epoch AS TEXT), CAST(seq AS TEXT), ${crc} FROM streams`,
  ).rows();
  for (const [stream, epochText, seqText, stored] of rows) {
    const epoch = Number(epochText);
    const seq = Number(seqText);
    if (typeof stream !== "string") continue;
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq)) continue;
    const isWhole = stored === null ||
      stored === String(lastSeqCrc(crc32, stream, epoch, seq));
    if (isWhole) streams.set(stream, { epoch, seq });
  }
  return streams;
}

/** Writes the last number of streams, inside the caller's transaction. */
export function saveStreams(
  db: Db,
  streams: ReadonlyMap<string, LastSeq>,
  crc32: Crc32,
): void {
  const put = db.statement(
    "INSERT INTO streams(stream, epoch, seq, crc) VALUES(?,?,?,?) " +
      "ON CONFLICT(stream) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, " +
      "crc = excluded.crc",
  );
  for (const [stream, { epoch, seq }] of streams) {
    put.run(stream, epoch, seq, lastSeqCrc(crc32, stream, epoch, seq));
  }
}
