/**
 * Reads every readable row of `telemetry_queue` in a damaged file, in the order in
 * which the file contains them.
 *
 * A row whose id was damaged into a huge, negative or duplicate one is returned where
 * it is, and so are the rows after it. A part that cannot be read is passed over in small
 * steps, and in steps that double if it is large.
 *
 * @module
 */

import { type Db, isDamage, type SqlRow, type SqlValue } from "./database.ts";
import { openRowTable, unreadableRow } from "./row_table.ts";

/** Maximum number of interruptions by damage; the scan ends there. */
export const INTERRUPTIONS_MAX = 20_000;

/** A result of the scan. */
export type ScanItem =
  /** `columns` as in `row_table.ts`; the id is null if it is beyond 2^53. */
  | { readonly kind: "row"; readonly columns: SqlRow }
  /** Rows can be missing here; at most as many as these ids. */
  | { readonly kind: "unreadable"; readonly ids: number };

/** Scans the table. */
export function* scanRows(db: Db): Generator<ScanItem> {
  const table = openRowTable(db);
  const recent = createRecentRows();
  let fromId: number | null = null;
  for (let count = 0; count < INTERRUPTIONS_MAX; count++) {
    let isEmpty = true;
    for (const columns of table.scan(fromId)) {
      isEmpty = false;
      if (recent.add(columns)) yield { kind: "row", columns };
    }
    const expected: number = Math.max(fromId ?? 1, (recent.lastId() ?? 0) + 1);
    const next: Readable = findReadable(db, expected);
    if (next.ids > 0) yield { kind: "unreadable", ids: next.ids };
    if (next.id === null) return;
    const isUnreadable: boolean = isEmpty && next.id === fromId;
    if (isUnreadable) yield { kind: "row", columns: unreadableRow(next.id) };
    fromId = isUnreadable || recent.has(next.id) ? next.id + 1 : next.id;
  }
}

/** The next id that can be read, and the number of ids before it that cannot. */
interface Readable {
  /** null = none follows. */
  readonly id: number | null;
  readonly ids: number;
}

/**
 * Ids of a step over an unreadable part: less than a page of rows, so that no whole page
 * between two damaged ones is missed.
 */
const STEP_IDS = 4;

/** Steps of this size; the next ones double. */
export const SMALL_STEPS_MAX = 4_096;

/**
 * Finds the first readable id from `fromId` on: steps until one is readable, then
 * bisection. At most one statement for each {@linkcode STEP_IDS} ids that are passed
 * over, and {@linkcode SMALL_STEPS_MAX} + 110 in all.
 */
function findReadable(db: Db, fromId: number): Readable {
  const first = firstIdFrom(db, fromId);
  if (first !== undefined) return { id: first, ids: 0 };
  let low = fromId;
  let step = STEP_IDS;
  for (let count = 0; low + step <= Number.MAX_SAFE_INTEGER; count++) {
    let high = low + step;
    let found = firstIdFrom(db, high);
    if (found === undefined) {
      low = high;
      if (count >= SMALL_STEPS_MAX) step *= 2;
      continue;
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const id = firstIdFrom(db, middle);
      if (id === undefined) low = middle;
      else [high, found] = [middle, id];
    }
    return { id: found, ids: (found ?? high) - fromId };
  }
  return { id: null, ids: 1 };
}

/**
 * undefined = cannot be read, null = there is none. With `>` instead of `>=`, SQLite
 * would begin in the page before, which may be the damaged one.
 */
function firstIdFrom(db: Db, fromId: number): number | null | undefined {
  try {
    const row = db.statement(
      "SELECT CAST(id AS TEXT) FROM telemetry_queue WHERE id >= ? ORDER BY id LIMIT 1",
    ).rows(fromId)[0];
    if (row === undefined) return null;
    const id = Number(row[0]);
    // A damaged id: as if it could not be read.
    return Number.isSafeInteger(id) && id >= fromId ? id : undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** Rows remembered, so that none is returned twice when the scan resumes. */
const RECENT_ROWS = 64;

/** Rows whose ids decide where the scan resumes. */
const VOTING_ROWS = 9;

/** An id so far above the median of the last ones is taken for damaged. */
const ID_DISTANCE_MAX = 4_096;

/** The last rows that were returned. */
interface RecentRows {
  /** False if the row is one of them. */
  add(columns: SqlRow): boolean;
  has(id: number): boolean;
  /** The id of the last row, without damaged ids; undefined if there is none. */
  lastId(): number | undefined;
}

function createRecentRows(): RecentRows {
  const rows = new Map<string, SqlValue>();
  return {
    add(columns) {
      const [id, , , payload, crc, createdAt, , , , , rowCrc] = columns;
      const size = payload instanceof Uint8Array ? payload.length : 0;
      const key = `${id} ${size} ${crc} ${createdAt} ${rowCrc}`;
      if (rows.has(key)) return false;
      rows.set(key, id ?? null);
      for (const oldest of rows.keys()) {
        if (rows.size <= RECENT_ROWS) break;
        rows.delete(oldest);
      }
      return true;
    },
    has: (id) => [...rows.values()].includes(id),
    lastId() {
      const ids = [...rows.values()].slice(-VOTING_ROWS)
        .filter((id) => typeof id === "number").sort((a, b) => a - b);
      const median = ids[Math.floor(ids.length / 2)];
      if (median === undefined) return undefined;
      return ids.findLast((id) => id - median <= ID_DISTANCE_MAX);
    },
  };
}
