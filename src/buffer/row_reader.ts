/**
 * Reading the oldest rows, checked, without ever holding the worker for long.
 *
 * @module
 */

import type { OldestQuery, StoredRow } from "./buffer.ts";
import { type Db, type Row, single, type Value } from "./store/database.ts";

/** Rows fetched at a time: bounds what is read and then not wanted. */
const CHUNK_ROWS = 64;

/** Ids looked at in one step when only some topics are wanted. */
const SCAN_IDS = 20_000;

/** Filters whose progress is remembered. */
const FILTERS_MAX = 32;

/** What one step of reading found. */
export interface Page {
  readonly rows: readonly StoredRow[];
  /** Rows whose crc does not hold. */
  readonly corrupt: readonly number[];
  /** Nothing so far: go on reading after this id. null = this is the answer. */
  readonly goOnAfter: number | null;
}

/** Reads rows. */
export interface Reader {
  /**
   * One step of reading.
   *
   * @param hidden rows that are gone for the caller though not yet deleted
   * @param lastId the last id that was given
   */
  read(query: OldestQuery, hidden: ReadonlySet<number>, lastId: number): Page;
}

/** Makes a reader over the queue's table. */
export function createReader(db: Db, crc32: (bytes: Uint8Array) => number): Reader {
  /** Per filter: no row with an id in (from, to] passes it. Rows only ever go. */
  const barren = new Map<string, { from: number; to: number }>();

  function start(filter: string, afterId: number): number {
    const first = single(
      db.statement("SELECT min(id) FROM telemetry_queue").rows(),
      afterId + 1,
    );
    const from = Math.max(afterId, first - 1);
    const known = barren.get(filter);
    return known !== undefined && known.from <= from && from < known.to
      ? known.to
      : from;
  }

  function note(filter: string, from: number, to: number): void {
    const known = barren.get(filter);
    const grows = known !== undefined && known.from <= from && from <= known.to;
    barren.delete(filter);
    barren.set(filter, {
      from: grows ? known.from : from,
      to: grows ? Math.max(known.to, to) : to,
    });
    for (const oldest of barren.keys()) {
      if (barren.size <= FILTERS_MAX) break;
      barren.delete(oldest);
    }
  }

  function read(
    query: OldestQuery,
    hidden: ReadonlySet<number>,
    lastId: number,
  ): Page {
    const { sql, values } = filterOf(query);
    const filtered = values.length > 0;
    const filter = `${sql} ${values.join(" ")}`;
    const from = filtered ? start(filter, query.afterId) : query.afterId;
    const to = filtered ? Math.min(from + SCAN_IDS, lastId) : lastId;
    const select = db.statement(
      "SELECT id, topic, key, payload, crc, created_at, retry_count " +
        `FROM telemetry_queue WHERE id > ? AND id <= ?${sql} ORDER BY id LIMIT ?`,
    );
    const rows: StoredRow[] = [];
    const corrupt: number[] = [];
    let bytes = 0;
    let at = from;
    let firstMatch: number | undefined;
    while (rows.length < query.countMax) {
      const chunk = select.rows(at, to, ...values, CHUNK_ROWS);
      for (const row of chunk) {
        at = Number(row[0]);
        firstMatch ??= at;
        if (hidden.has(at)) continue;
        const stored = check(row);
        if (stored === undefined) {
          corrupt.push(at);
          continue;
        }
        if (rows.length > 0 && bytes + stored.payload.length > query.bytesMax) {
          return { rows, corrupt, goOnAfter: null };
        }
        bytes += stored.payload.length;
        if (rows.push(stored) >= query.countMax) break;
      }
      if (chunk.length < CHUNK_ROWS) break;
    }
    if (filtered) note(filter, from, (firstMatch ?? to + 1) - 1);
    const exhausted = rows.length > 0 || to >= lastId;
    return { rows, corrupt, goOnAfter: exhausted ? null : to };
  }

  function check(row: Row): StoredRow | undefined {
    const [id, topic, key, payload, crc, createdAtMs, retryCount] = row;
    if (
      typeof id !== "number" || typeof topic !== "string" ||
      typeof key !== "string" || !(payload instanceof Uint8Array) ||
      typeof createdAtMs !== "number" || crc !== crc32(payload)
    ) return undefined;
    const retries = typeof retryCount === "number" ? retryCount : 0;
    return { id, topic, key, payload, createdAtMs, retryCount: retries };
  }

  return { read };
}

function filterOf(query: OldestQuery): { sql: string; values: Value[] } {
  const except = query.exceptTopics ?? [];
  const values: Value[] = [];
  let sql = "";
  if (query.topic !== undefined) {
    sql += " AND topic = ?";
    values.push(query.topic);
  }
  if (except.length > 0) {
    sql += ` AND topic NOT IN (${except.map(() => "?").join(",")})`;
    values.push(...except);
  }
  return { sql, values };
}
