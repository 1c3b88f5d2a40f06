/**
 * Loads and saves the gap state in the table `gaps`. The table `gap_copies` contains each
 * gap a second time, with a checksum and in another page, so that a damaged row still
 * announces the right numbers.
 *
 * @module
 */

import type { GapReason } from "../buffer.ts";
import type { GapState, TrackedGap } from "../gaps.ts";
import type { Crc32 } from "../row_checksum.ts";
import { type Db, isDamage, type SqlRow } from "./database.ts";
import { hasMergedGaps, hasRowChecks } from "./schema.ts";

/** No gaps. */
export const NO_GAPS: GapState = { gaps: [], nextId: 1 };

/** The gaps of a file. */
export interface LoadedGaps {
  readonly state: GapState;
  /** Gaps that differ from their copy, or of which one of the two cannot be read. */
  readonly damaged: number;
  /** Gaps of which both are damaged; `state` does not contain them. */
  readonly lost: number;
}

/** Reads all gaps. */
export function loadGaps(db: Db, crc32: Crc32): LoadedGaps {
  const copies = new Map<number, TrackedGap>();
  const columns = new Map<number, TrackedGap>();
  let unreadable = 0;
  const take = (into: Map<number, TrackedGap>, gap: TrackedGap | undefined): void => {
    if (gap === undefined) unreadable++;
    else into.set(gap.id, gap);
  };
  const hasCopies = hasRowChecks(db);
  const rows = readRows(db, "gaps", columnsOf(db));
  for (const row of rows) take(columns, fromColumns(row));
  const copyRows = hasCopies ? readRows(db, "gap_copies", "id, copy") : [];
  for (const [, copy] of copyRows) take(copies, fromCopy(copy, crc32));
  const gaps = [...new Map([...columns, ...copies]).values()]
    .sort((a, b) => a.id - b.id);
  const isDamaged = (gap: TrackedGap): boolean =>
    !isSame(copies.get(gap.id), columns.get(gap.id));
  return {
    state: { gaps, nextId: (gaps.at(-1)?.id ?? 0) + 1 },
    damaged: hasCopies
      ? Math.max(unreadable, gaps.filter(isDamaged).length)
      : unreadable,
    lost: Math.max(0, Math.max(rows.length, copyRows.length) - gaps.length),
  };
}

/** The columns; those of merged gaps are missing in older files. */
function columnsOf(db: Db): string {
  const merged = hasMergedGaps(db) ? ["last_epoch", "records"] : ["NULL", "NULL"];
  // CAST: the driver cannot return an integer beyond 2^53.
  return "CAST(id AS TEXT), stream, CAST(epoch AS TEXT), CAST(first_seq AS TEXT), " +
    "CAST(last_seq AS TEXT), reason, CAST(announced_by AS TEXT), " +
    merged.map((column) => `CAST(${column} AS TEXT)`).join(", ");
}

/** Row by row if one of them cannot be read; that one is empty. */
function readRows(db: Db, table: string, columns: string): readonly SqlRow[] {
  try {
    return db.statement(`SELECT ${columns} FROM ${table}`).rows();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const one = db.statement(
    `SELECT ${columns} FROM ${table} WHERE id = CAST(? AS INTEGER)`,
  );
  return db.statement(`SELECT CAST(id AS TEXT) FROM ${table}`).rows()
    .flatMap(([id = null]) => {
      try {
        return one.rows(id);
      } catch (error) {
        if (!isDamage(error)) throw error;
        return [[]];
      }
    });
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
    if (kept.has(gap.id)) continue;
    db.statement("DELETE FROM gaps WHERE id = ?").run(gap.id);
    db.statement("DELETE FROM gap_copies WHERE id = ?").run(gap.id);
  }
  for (const gap of after.gaps) if (!known.has(gap)) putGap(db, gap, crc32);
}

/**
 * Corrects damaged rows, inside the caller's transaction. A gap whose announcing row is
 * not stored is pending again: that row was delivered with the gap, or `announced_by`
 * is damaged.
 *
 * @returns the number of gaps that are lost, see {@linkcode LoadedGaps.lost}.
 */
export function fixGaps(db: Db, crc32: Crc32): number {
  const { state, damaged, lost } = loadGaps(db, crc32);
  let isChanged = damaged > 0;
  const gaps = state.gaps.map((gap) => {
    if (gap.announcedBy === null || hasRow(db, gap.announcedBy)) return gap;
    isChanged = true;
    return { ...gap, announcedBy: null };
  });
  if (!isChanged) return 0;
  db.exec("DELETE FROM gaps");
  db.exec("DELETE FROM gap_copies");
  for (const gap of gaps) putGap(db, gap, crc32);
  return lost;
}

function hasRow(db: Db, id: number): boolean {
  return db.statement("SELECT 1 FROM telemetry_queue WHERE id = ?").rows(id).length > 0;
}

type Fields = readonly [
  id: number,
  stream: string,
  epoch: number,
  firstSeq: number,
  lastSeq: number,
  reason: string,
  announcedBy: number | null,
  /** Absent in copies of version 2. */
  lastEpoch?: number | undefined,
  records?: number | undefined,
];

function putGap(db: Db, gap: TrackedGap, crc32: Crc32): void {
  const { id, stream, epoch, firstSeq, lastSeq, reason, announcedBy } = gap;
  const { lastEpoch, records } = gap;
  const fields = [
    ...[id, stream, epoch, firstSeq, lastSeq, reason, announcedBy] as const,
    ...[lastEpoch, records] as const,
  ] as const satisfies Fields;
  const text = JSON.stringify(fields);
  db.statement(
    "INSERT OR REPLACE INTO gaps(id, stream, epoch, first_seq, last_seq, reason, " +
      "announced_by, last_epoch, records) VALUES(?,?,?,?,?,?,?,?,?)",
  ).run(...fields);
  db.statement("INSERT OR REPLACE INTO gap_copies(id, copy) VALUES(?,?)")
    .run(id, `${crc32(text)} ${text}`);
}

/** undefined = damaged. */
function fromCopy(copy: unknown, crc32: Crc32): TrackedGap | undefined {
  if (typeof copy !== "string") return undefined;
  const at = copy.indexOf(" ");
  const text = copy.slice(at + 1);
  if (copy.slice(0, at) !== String(crc32(text))) return undefined;
  return toGap(JSON.parse(text) as Fields);
}

/** undefined = a column has an impossible value. */
function fromColumns(row: SqlRow): TrackedGap | undefined {
  const [id, stream, epoch, firstSeq, lastSeq, reason, announcedBy, ...merged] = row;
  const [lastEpoch = null, records = null] = merged;
  const gap = toGap([
    Number(id),
    String(stream),
    Number(epoch),
    Number(firstSeq),
    Number(lastSeq),
    String(reason),
    announcedBy === null ? null : Number(announcedBy),
    lastEpoch === null ? undefined : Number(lastEpoch),
    records === null ? undefined : Number(records),
  ]);
  const numbers = [
    ...[gap.id, gap.epoch, gap.firstSeq, gap.lastSeq, gap.announcedBy ?? 0],
    ...[gap.lastEpoch, gap.records],
  ];
  const isOrdered = gap.lastEpoch > gap.epoch ||
    (gap.lastEpoch === gap.epoch && gap.firstSeq <= gap.lastSeq);
  const isPossible = typeof stream === "string" && typeof reason === "string" &&
    numbers.every(Number.isSafeInteger) && gap.id > 0 && isOrdered;
  return isPossible ? gap : undefined;
}

function toGap(fields: Fields): TrackedGap {
  const [id, stream, epoch, firstSeq, lastSeq, reason, announcedBy] = fields;
  const [, , , , , , , lastEpoch = epoch, records = lastSeq - firstSeq + 1] = fields;
  return {
    ...{ id, stream, epoch, firstSeq, lastEpoch, lastSeq, records },
    reason: reason as GapReason,
    announcedBy,
  };
}

function isSame(a: TrackedGap | undefined, b: TrackedGap | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
