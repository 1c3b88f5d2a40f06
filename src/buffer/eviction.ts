/**
 * Eviction: deletes the oldest rows inside the queue's transaction and reports
 * the sequence numbers that were lost, so that they can be announced as gaps.
 *
 * @module
 */

import type { GapReason, NewRow } from "./buffer.ts";
import { type Db, numberColumn, type SqlRow } from "./store/database.ts";
import type { LostSeq } from "./gaps.ts";
import { countToEvict, type Excess, rowBytes, TABLES_PAGES } from "./retention.ts";
import { openRowTable } from "./store/row_table.ts";
import { PAGE_BYTES } from "./store/schema.ts";
import { deleteRows, type Identify, usedBytes } from "./transaction.ts";

/** Rows read in one step of an eviction. */
const STEP_ROWS = 256;

/** Maximum number of rows evicted for their age in one commit, to keep the commit short. */
const AGED_MAX = 2_000;

/** Pages kept free for the other writes of a commit. */
const SPARE_PAGES = 4;

/** What an eviction works on. */
export interface EvictionContext {
  readonly db: Db;
  readonly identify: Identify;
  /** True for rows that the sender holds: they are skipped. */
  readonly isHeld: (id: number) => boolean;
}

/** Evicted stored rows, and the gaps that they leave. */
export interface Evicted {
  readonly ids: readonly number[];
  readonly lost: readonly LostSeq[];
}

/** The limits in effect. */
export interface EvictionBounds {
  /** Maximum size of the file without what is reserved for gaps and new schemas. */
  readonly fileBytesMax: number;
  readonly rowsMax: number;
  /** Rows created before this time (ms since the Unix epoch) are evicted; null = no limit. */
  readonly sinceMs: number | null;
}

/** What was evicted, and the new rows that fit. */
export interface EvictionResult extends Evicted {
  readonly kept: readonly NewRow[];
}

/**
 * Evicts stored rows, oldest first, until `fresh` fits beside the rest. New rows
 * that would not fit into an empty queue are dropped too.
 *
 * @param rowsNow number of stored rows
 */
export function evictToFit(
  context: EvictionContext,
  bounds: EvictionBounds,
  fresh: readonly NewRow[],
  rowsNow: number,
): EvictionResult {
  const byAge = bounds.sinceMs === null
    ? NOTHING
    : evictOlder(context, bounds.sinceMs, AGED_MAX);
  const largest = bounds.fileBytesMax - TABLES_PAGES * PAGE_BYTES;
  const storable = fresh.filter((row) => newRowBytes(row) <= largest);
  const tooMany = rowsNow - byAge.ids.length + storable.length - bounds.rowsMax;
  const byCount = evictOldest(
    context,
    (evicted) => ({ rows: tooMany - evicted, bytes: 0 }),
    Infinity,
    "max_rows",
  );
  const sizes = storable.map(newRowBytes);
  const spare = storable.length === 0 ? 0 : SPARE_PAGES * PAGE_BYTES;
  const need = sizes.reduce((sum, size) => sum + size, spare);
  const bySize = evictBytes(context, bounds.fileBytesMax - need);
  const parts = [byAge, byCount, bySize];
  const rowsLeft = rowsNow - byAge.ids.length - byCount.ids.length - bySize.ids.length;
  const excess = {
    rows: rowsLeft + storable.length - bounds.rowsMax,
    bytes: usedBytes(context.db) + need - bounds.fileBytesMax,
  };
  const { kept, lost } = keepNewest(fresh, storable, sizes, excess);
  return {
    ids: parts.flatMap((part) => part.ids),
    lost: [...parts.flatMap((part) => part.lost), ...lost],
    kept,
  };
}

/** Drops the oldest new rows that exceed the limits even after all evictions. */
function keepNewest(
  fresh: readonly NewRow[],
  storable: readonly NewRow[],
  sizes: readonly number[],
  excess: Excess,
): { readonly kept: readonly NewRow[]; readonly lost: readonly LostSeq[] } {
  const dropped = excess.rows > 0 || excess.bytes > 0 ? countToEvict(sizes, excess) : 0;
  const reason: GapReason = excess.rows > 0 ? "max_rows" : "max_bytes";
  const kept = storable.slice(dropped);
  const isKept = new Set(kept);
  const isStorable = new Set(storable);
  const lost = fresh.filter((row) => !isKept.has(row)).map((row): LostSeq => {
    const { stream, epoch, seq } = row;
    return { stream, epoch, seq, reason: isStorable.has(row) ? reason : "max_bytes" };
  });
  return { kept, lost };
}

function newRowBytes(row: NewRow): number {
  return rowBytes(row.payload.length, row.topic.length, row.key.length);
}

/** Evicts rows until the pages in use are at most `bytesMax` bytes. */
export function evictBytes(context: EvictionContext, bytesMax: number): Evicted {
  const excess = (): Excess => ({
    rows: 0,
    bytes: usedBytes(context.db) - bytesMax,
  });
  return evictOldest(context, excess, Infinity, "max_bytes");
}

/**
 * Evicts rows that the sender does not hold, oldest first, until there is no excess or
 * `countMax` rows are gone.
 *
 * @param excess what is still above the limits after `evicted` rows
 */
export function evictOldest(
  { db, identify, isHeld }: EvictionContext,
  excess: (evicted: number) => Excess,
  countMax: number,
  reason: GapReason,
): Evicted {
  const ids: number[] = [];
  const lost: LostSeq[] = [];
  let afterId = Number.MIN_SAFE_INTEGER;
  while (ids.length < countMax) {
    const above = excess(ids.length);
    if (above.rows <= 0 && above.bytes <= 0) break;
    const count = Math.min(STEP_ROWS, countMax - ids.length);
    const rows = openRowTable(db).select(
      "WHERE id > ? ORDER BY id LIMIT ?",
      afterId,
      count,
    );
    const last = rows.at(-1);
    if (last === undefined) break;
    const free = rows.filter(([id]) => !isHeld(numberColumn(id)));
    const evicted = free.slice(0, countToEvict(free.map(sizeOf), above));
    afterId = numberColumn((evicted.length < free.length ? evicted.at(-1) : last)?.[0]);
    const from = ids.length;
    collect(evicted, reason, identify, ids, lost);
    deleteRows(db, ids.slice(from));
  }
  return { ids, lost };
}

function evictOlder(
  { db, identify, isHeld }: EvictionContext,
  sinceMs: number,
  countMax: number,
): Evicted {
  const aged = agedRows(db, sinceMs, countMax, isHeld);
  if (aged.length === 0) return NOTHING;
  const rows = openRowTable(db).select(
    "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY created_at",
    JSON.stringify(aged),
  );
  const ids: number[] = [];
  const lost: LostSeq[] = [];
  collect(rows, "max_age", identify, ids, lost);
  deleteRows(db, ids);
  return { ids, lost };
}

/** The oldest rows that the sender does not hold. It reads the index only. */
function agedRows(
  db: Db,
  sinceMs: number,
  countMax: number,
  isHeld: (id: number) => boolean,
): readonly number[] {
  const page = db.statement(
    "SELECT id FROM telemetry_queue WHERE created_at < ? ORDER BY created_at LIMIT ? OFFSET ?",
  );
  const free: number[] = [];
  for (let read = 0; free.length < countMax;) {
    // Ends: held rows are limited (`row_holds.ts`), and a page without one fills the list.
    const ids = page.rows(sinceMs, countMax, read).map(([id]) => numberColumn(id));
    free.push(...ids.filter((id) => !isHeld(id)).slice(0, countMax - free.length));
    if (ids.length < countMax) break;
    read += ids.length;
  }
  return free;
}

const NOTHING: Evicted = { ids: [], lost: [] };

function collect(
  rows: readonly SqlRow[],
  reason: GapReason,
  identify: Identify,
  ids: number[],
  lost: LostSeq[],
): void {
  lost.push(...identify(rows, reason));
  for (const row of rows) ids.push(numberColumn(row[0]));
}

/** Columns of a damaged row may have any type: they count as empty, so more rows are evicted. */
function sizeOf(row: SqlRow): number {
  const [, topic, key, payload] = row;
  return rowBytes(
    payload instanceof Uint8Array ? payload.length : 0,
    typeof topic === "string" ? topic.length : 0,
    typeof key === "string" ? key.length : 0,
  );
}
