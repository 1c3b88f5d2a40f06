/**
 * Giving rows up, within the transaction that the queue has begun: oldest
 * first, and every one noted so that it can be announced.
 *
 * @module
 */

import type { GapReason, NewRow } from "./buffer.ts";
import { type Db, num, type Row } from "./store/database.ts";
import type { LostSeq } from "./gaps.ts";
import { countToGiveUp, type Excess, rowBytes } from "./retention.ts";
import { PAGE_BYTES } from "./store/schema.ts";
import { deleteRows, type Identify, lostBy, usedBytes } from "./transaction.ts";

/** Rows looked at in one step when some must be given up. */
const STEP_ROWS = 256;

/** Rows given up for their age in one commit: it must stay short. */
const AGED_MAX = 2_000;

/** What the empty tables and a few streams take: no row may take it from them. */
const TABLES_PAGES = 16;

/** Kept free beside the rows of a commit, for what else it writes. */
const SPARE_PAGES = 4;

/** Stored rows that were given up: which, and what is to be announced. */
export interface GivenUp {
  readonly ids: readonly number[];
  readonly lost: readonly LostSeq[];
}

/** The bounds that hold for the queue. */
export interface Bounds {
  readonly fileBytesMax: number;
  readonly rowsMax: number;
  /** Rows made before this wall time go. */
  readonly sinceMs: number | null;
}

/** What was given up, and what of the new rows is left to be stored. */
export interface Room extends GivenUp {
  readonly kept: readonly NewRow[];
}

/**
 * Makes room for `fresh` rows beside `rowsNow` stored ones: gives up stored
 * rows, oldest first, and of the new ones those that would not even fit into an
 * empty queue.
 */
export function makeRoom(
  db: Db,
  bounds: Bounds,
  fresh: readonly NewRow[],
  rowsNow: number,
  identify: Identify,
): Room {
  const aged = bounds.sinceMs === null
    ? NOTHING
    : giveUpOlder(db, bounds.sinceMs, AGED_MAX, identify);
  const largest = bounds.fileBytesMax - TABLES_PAGES * PAGE_BYTES;
  const hopeful = fresh.filter((row) => newRowBytes(row) <= largest);
  const tooMany = rowsNow - aged.ids.length + hopeful.length - bounds.rowsMax;
  const counted = giveUpOldest(
    db,
    (gone) => ({ rows: tooMany - gone, bytes: 0 }),
    Infinity,
    "max_rows",
    identify,
  );
  const sizes = hopeful.map(newRowBytes);
  const spare = hopeful.length === 0 ? 0 : SPARE_PAGES * PAGE_BYTES;
  const need = sizes.reduce((sum, size) => sum + size, spare);
  const weighed = giveUpBytes(db, bounds.fileBytesMax - need, identify);
  const given = [aged, counted, weighed];
  const ids = given.flatMap((part) => part.ids);
  const lost = given.flatMap((part) => part.lost);

  const excess = {
    rows: hopeful.length - bounds.rowsMax,
    bytes: usedBytes(db) + need - bounds.fileBytesMax,
  };
  const tooNew = excess.rows > 0 || excess.bytes > 0;
  const dropped = tooNew ? countToGiveUp(sizes, excess) : 0;
  const reason = excess.rows > 0 ? "max_rows" : "max_bytes";
  const kept = hopeful.slice(dropped);
  const stays = new Set(kept);
  const tried = new Set(hopeful);
  for (const row of fresh) {
    if (stays.has(row)) continue;
    const { stream, epoch, seq } = row;
    lost.push({ stream, epoch, seq, reason: tried.has(row) ? reason : "max_bytes" });
  }
  return { ids, lost, kept };
}

function newRowBytes(row: NewRow): number {
  return rowBytes(row.payload.length, row.topic.length, row.key.length);
}

/** Gives up rows until the pages in use are `bytesMax` at most. */
export function giveUpBytes(
  db: Db,
  bytesMax: number,
  identify: Identify,
  countMax: number = Infinity,
): GivenUp {
  const excess = (): Excess => ({ rows: 0, bytes: usedBytes(db) - bytesMax });
  return giveUpOldest(db, excess, countMax, "max_bytes", identify);
}

/** Gives up rows, oldest first, until there is no excess, or `countMax` are gone. */
export function giveUpOldest(
  db: Db,
  excess: (gone: number) => Excess,
  countMax: number,
  reason: GapReason,
  identify: Identify,
): GivenUp {
  const select = db.statement(
    "SELECT id, topic, key, payload FROM telemetry_queue ORDER BY id LIMIT ?",
  );
  const ids: number[] = [];
  const lost: LostSeq[] = [];
  while (ids.length < countMax) {
    const wanted = excess(ids.length);
    if (wanted.rows <= 0 && wanted.bytes <= 0) break;
    const rows = select.rows(Math.min(STEP_ROWS, countMax - ids.length));
    if (rows.length === 0) break;
    const gone = rows.slice(0, countToGiveUp(rows.map(sizeOf), wanted));
    note(gone, reason, identify, ids, lost);
    db.statement("DELETE FROM telemetry_queue WHERE id <= ?").run(ids.at(-1) ?? 0);
  }
  return { ids, lost };
}

function giveUpOlder(
  db: Db,
  sinceMs: number,
  countMax: number,
  identify: Identify,
): GivenUp {
  const rows = db.statement(
    "SELECT id, topic, key, payload FROM telemetry_queue " +
      "WHERE created_at < ? ORDER BY created_at LIMIT ?",
  ).rows(sinceMs, countMax);
  const ids: number[] = [];
  const lost: LostSeq[] = [];
  note(rows, "max_age", identify, ids, lost);
  deleteRows(db, ids);
  return { ids, lost };
}

const NOTHING: GivenUp = { ids: [], lost: [] };

function note(
  rows: readonly Row[],
  reason: GapReason,
  identify: Identify,
  ids: number[],
  lost: LostSeq[],
): void {
  for (const row of rows) {
    ids.push(num(row[0]));
    const seq = lostBy(row, reason, identify);
    if (seq !== undefined) lost.push(seq);
  }
}

/** A damaged row may hold anything: then it counts as small, and more rows go. */
function sizeOf(row: Row): number {
  const [, topic, key, payload] = row;
  return rowBytes(
    payload instanceof Uint8Array ? payload.length : 0,
    typeof topic === "string" ? topic.length : 0,
    typeof key === "string" ? key.length : 0,
  );
}
