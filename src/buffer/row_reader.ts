/**
 * Reads the oldest rows and checks each of them, in short steps so that the worker is
 * never blocked for long.
 *
 * @module
 */

import type { OldestQuery, StoredRow } from "./buffer.ts";
import { checkRow } from "./row_check.ts";
import type { Crc32 } from "./row_checksum.ts";
import { type Db, singleNumber, type SqlValue } from "./store/database.ts";
import { openRowTable } from "./store/row_table.ts";

/** Rows fetched at first; limits how much is read and then discarded. */
const CHUNK_ROWS_MIN = 64;
/** Maximum number of rows fetched at a time. */
const CHUNK_ROWS_MAX = 512;

/** Ids scanned in one step when the query selects topics. */
const SCAN_IDS = 20_000;

/** Maximum number of filters whose scan progress is cached. */
const FILTERS_MAX = 32;

/** The result of one read step. */
export interface ReadStep {
  /** Ids of damaged rows. */
  readonly corrupt: readonly number[];
  /** No row found so far: continue after this id. null = the read is complete. */
  readonly continueAfter: number | null;
}

/** A read step with its rows. */
export interface RowPage extends ReadStep {
  readonly rows: readonly StoredRow[];
}

/** Reads rows of the queue. */
export interface RowReader {
  /**
   * Runs one read step.
   *
   * @param hidden rows to skip: removed for the caller but not deleted yet
   * @param lastId the last id that was assigned
   */
  read(query: OldestQuery, hidden: ReadonlySet<number>, lastId: number): RowPage;
  /** Like {@linkcode RowReader.read}; passes each row on, so that a large page is not kept. */
  readEach(
    query: OldestQuery,
    hidden: ReadonlySet<number>,
    lastId: number,
    onRow: (row: StoredRow) => void,
  ): ReadStep;
}

/** Creates a reader of the table `telemetry_queue`. */
export function createRowReader(
  db: Db,
  crc32: Crc32,
): RowReader {
  const table = openRowTable(db);
  const scanned = createScannedRanges();

  function startAfter(filter: string, afterId: number): number {
    const first = singleNumber(
      db.statement("SELECT min(id) FROM telemetry_queue").rows(),
      afterId + 1,
    );
    return scanned.skip(filter, Math.max(afterId, first - 1));
  }

  function readEach(
    query: OldestQuery,
    hidden: ReadonlySet<number>,
    lastId: number,
    onRow: (row: StoredRow) => void,
  ): ReadStep {
    const { sql, values } = filterOf(query);
    const filtered = values.length > 0;
    const filter = `${sql} ${values.join(" ")}`;
    const from = filtered ? startAfter(filter, query.afterId) : query.afterId;
    const to = filtered ? Math.min(from + SCAN_IDS, lastId) : lastId;
    const tail = `WHERE id > ? AND id <= ?${sql} ORDER BY id LIMIT ?`;
    const corrupt: number[] = [];
    let rows = 0;
    let bytes = 0;
    let at = from;
    let firstMatch: number | undefined;
    while (rows < query.countMax) {
      const count = chunkRows(query, rows, bytes);
      const chunk = table.select(tail, at, to, ...values, count);
      for (const row of chunk) {
        at = Number(row[0]);
        firstMatch ??= at;
        if (hidden.has(at)) continue;
        const checked = checkRow(row, crc32);
        if (checked.kind === "damaged") {
          corrupt.push(at);
          continue;
        }
        const stored = checked.row;
        if (rows > 0 && bytes + stored.payload.length > query.bytesMax) {
          return { corrupt, continueAfter: null };
        }
        bytes += stored.payload.length;
        onRow(stored);
        if (++rows >= query.countMax) break;
      }
      if (chunk.length < count) break;
    }
    if (filtered) scanned.add(filter, from, (firstMatch ?? to + 1) - 1);
    const exhausted = rows > 0 || to >= lastId;
    return { corrupt, continueAfter: exhausted ? null : to };
  }

  return toRowReader(readEach);
}

/** A reader of pages and of single rows. */
export function toRowReader(readEach: RowReader["readEach"]): RowReader {
  return {
    readEach,
    read(query, hidden, lastId) {
      const rows: StoredRow[] = [];
      const step = readEach(query, hidden, lastId, (row) => rows.push(row));
      return { ...step, rows };
    },
  };
}

/** Number of rows to fetch next: as many as presumably fit, by the size of those before. */
function chunkRows({ bytesMax }: OldestQuery, rows: number, bytes: number): number {
  if (rows === 0) return CHUNK_ROWS_MIN;
  const fitting = Math.ceil((bytesMax - bytes) / Math.max(1, bytes / rows)) + 1;
  return Math.min(CHUNK_ROWS_MAX, Math.max(CHUNK_ROWS_MIN, fitting));
}

/** Caches, per filter, the ids that were scanned without a match. */
interface ScannedRanges {
  /** The id after which a scan from `from` must continue. */
  skip(filter: string, from: number): number;
  /** No row with an id in (from, to] matches; stays true, since ids only increase. */
  add(filter: string, from: number, to: number): void;
}

function createScannedRanges(): ScannedRanges {
  const ranges = new Map<string, { from: number; to: number }>();
  return {
    skip(filter, from) {
      const known = ranges.get(filter);
      return known !== undefined && known.from <= from && from < known.to
        ? known.to
        : from;
    },
    add(filter, from, to) {
      const known = ranges.get(filter);
      const isAdjacent = known !== undefined && known.from <= from && from <= known.to;
      ranges.delete(filter);
      ranges.set(
        filter,
        isAdjacent ? { from: known.from, to: Math.max(known.to, to) } : { from, to },
      );
      for (const oldest of ranges.keys()) {
        if (ranges.size <= FILTERS_MAX) break;
        ranges.delete(oldest);
      }
    },
  };
}

function filterOf(query: OldestQuery): { sql: string; values: SqlValue[] } {
  const except = query.exceptTopics ?? [];
  const values: SqlValue[] = [];
  let sql = "";
  if (query.topic !== undefined) {
    sql += " AND topic = ?";
    values.push(query.topic);
  }
  if (except.length > 0) {
    // A damaged topic can be NULL, which NOT IN would exclude.
    sql += ` AND (topic IS NULL OR topic NOT IN (${except.map(() => "?").join(",")}))`;
    values.push(...except);
  }
  return { sql, values };
}
