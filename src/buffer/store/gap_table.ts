/**
 * Loads and saves the gap state in the table `gaps`. Each row contains its columns a
 * second time in `copy`, with a checksum, so that a damaged row still announces the
 * right numbers.
 *
 * @module
 */

import type { GapReason } from "../buffer.ts";
import type { GapState, TrackedGap } from "../gaps.ts";
import type { Crc32 } from "../row_checksum.ts";
import type { Db, SqlRow } from "./database.ts";
import { hasRowChecks } from "./schema.ts";

/** The gaps of a file. */
export interface LoadedGaps {
  readonly state: GapState;
  /** Rows that differ from their copy; `state` contains their gaps all the same. */
  readonly damaged: number;
  /** Rows of which neither columns nor copy are usable. */
  readonly unreadable: number;
}

/** Reads all gaps. */
export function loadGaps(db: Db, crc32: Crc32): LoadedGaps {
  const copy = hasRowChecks(db) ? "copy" : "NULL";
  // CAST: the driver cannot return an integer beyond 2^53.
  const rows = db.statement(
    "SELECT CAST(id AS TEXT), stream, CAST(epoch AS TEXT), CAST(first_seq AS TEXT), " +
      "CAST(last_seq AS TEXT), reason, CAST(announced_by AS TEXT), " +
      `${copy} FROM gaps ORDER BY id`,
  ).rows();
  const byId = new Map<number, TrackedGap>();
  let damaged = 0;
  let unreadable = 0;
  for (const row of rows) {
    const copied = fromCopy(row[7], crc32);
    const columns = fromColumns(row);
    const gap = copied ?? columns;
    if (gap === undefined) unreadable++;
    else byId.set(gap.id, gap);
    const isOfFirstVersion = row[7] === null;
    if (!isOfFirstVersion && !isSame(copied, columns)) damaged++;
  }
  const gaps = [...byId.values()].sort((a, b) => a.id - b.id);
  const state = { gaps, nextId: (gaps.at(-1)?.id ?? 0) + 1 };
  return { state, damaged, unreadable };
}

/** Writes the difference between two states, inside the caller's transaction. */
export function saveGaps(
  db: Db,
  before: GapState,
  after: GapState,
  crc32: Crc32,
): void {
  if (before === after) return;
  const known = new Set(before.gaps);
  const kept = new Set(after.gaps.map((gap) => gap.id));
  for (const gap of before.gaps) {
    if (!kept.has(gap.id)) db.statement("DELETE FROM gaps WHERE id = ?").run(gap.id);
  }
  for (const gap of after.gaps) if (!known.has(gap)) putGap(db, gap, crc32);
}

/** Replaces all rows, inside the caller's transaction. */
export function rewriteGaps(db: Db, { gaps }: GapState, crc32: Crc32): void {
  db.exec("DELETE FROM gaps");
  for (const gap of gaps) putGap(db, gap, crc32);
}

type Fields = readonly [
  id: number,
  stream: string,
  epoch: number,
  firstSeq: number,
  lastSeq: number,
  reason: string,
  announcedBy: number | null,
];

function putGap(db: Db, gap: TrackedGap, crc32: Crc32): void {
  const { id, stream, epoch, firstSeq, lastSeq, reason, announcedBy } = gap;
  const fields: Fields = [id, stream, epoch, firstSeq, lastSeq, reason, announcedBy];
  const text = JSON.stringify(fields);
  db.statement(
    "INSERT OR REPLACE INTO gaps(id, stream, epoch, first_seq, last_seq, reason, announced_by, copy) " +
      "VALUES(?,?,?,?,?,?,?,?)",
  ).run(...fields, `${crc32(text)} ${text}`);
}

/** undefined = damaged, or written by version 1. */
function fromCopy(copy: unknown, crc32: Crc32): TrackedGap | undefined {
  if (typeof copy !== "string") return undefined;
  const at = copy.indexOf(" ");
  const text = copy.slice(at + 1);
  if (copy.slice(0, at) !== String(crc32(text))) return undefined;
  return toGap(JSON.parse(text) as Fields);
}

/** undefined = a column has an impossible value. */
function fromColumns(row: SqlRow): TrackedGap | undefined {
  const [id, stream, epoch, firstSeq, lastSeq, reason, announcedBy] = row;
  const gap = toGap([
    Number(id),
    String(stream),
    Number(epoch),
    Number(firstSeq),
    Number(lastSeq),
    String(reason),
    announcedBy === null ? null : Number(announcedBy),
  ]);
  const numbers = [gap.id, gap.epoch, gap.firstSeq, gap.lastSeq, gap.announcedBy ?? 0];
  const isPossible = typeof stream === "string" && typeof reason === "string" &&
    numbers.every(Number.isSafeInteger) && gap.firstSeq <= gap.lastSeq;
  return isPossible ? gap : undefined;
}

function toGap([id, stream, epoch, firstSeq, lastSeq, reason, by]: Fields): TrackedGap {
  return {
    ...{ id, stream, epoch, firstSeq, lastSeq },
    reason: reason as GapReason,
    announcedBy: by,
  };
}

function isSame(a: TrackedGap | undefined, b: TrackedGap | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
