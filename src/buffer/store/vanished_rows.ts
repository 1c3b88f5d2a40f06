/**
 * Finds the rows that the scan of a damaged table passed over, although the index lists
 * them: damage can leave a page valid but with fewer rows, or with rows whose damaged
 * ids lead the scan past whole ones. Pure but for the rows that it looks up.
 *
 * @module
 */

import type { SqlRow } from "./database.ts";
import type { IdSet } from "./indexed_ids.ts";
import type { ScanItem } from "./table_scan.ts";

/** Rows read ahead. They show whether the id of a row is too high for its place. */
const ROWS_AHEAD = 16;

/** Number of rows ahead with lower ids that show it; a single one can be damaged itself. */
const LOWER_ROWS_MIN = 2;

/** Maximum number of rows looked up by id; further ones count as unreadable. */
export const LOOKUPS_MAX = 20_000;

/** Maximum number of remembered rows with a wrong id; beyond it, no row is looked up. */
const MISPLACED_MAX = 10_000;

/** The file that is scanned. */
export interface ScannedFile {
  readonly indexed: IdSet;
  isWhole(columns: SqlRow): boolean;
  /** The row of this id; undefined if there is none, or it cannot be read. */
  read(id: number): SqlRow | undefined;
}

/** An item and the id of its whole row; 0 = not whole, or the index does not list it. */
interface Read {
  readonly item: ScanItem;
  readonly isWhole: boolean;
  readonly id: number;
}

/** Adds the absent rows that can be looked up, and an item `unreadable` for the others. */
export function* withVanished(
  items: Iterable<ScanItem>,
  file: ScannedFile,
): Generator<ScanItem> {
  const ahead: Read[] = [];
  /** The listed ids up to this one were read or reported. */
  let doneId = 0;
  /** Rows reported since then. */
  let reported = 0;
  /** Ids of whole rows that are not in their place. */
  const misplaced = new Set<number>();
  let lookups = 0;
  /** Rows that were looked up; the scan can return one later, in a wrong place. */
  const found = new Set<string>();

  function lookUp(id: number): SqlRow | undefined {
    if (misplaced.has(id) || misplaced.size >= MISPLACED_MAX) return undefined;
    if (++lookups > LOOKUPS_MAX) return undefined;
    const columns = file.read(id);
    return columns !== undefined && file.isWhole(columns) ? columns : undefined;
  }

  function* fill(beforeId: number | null): Generator<ScanItem> {
    let absent = 0;
    for (const id of file.indexed.between(doneId, beforeId ?? Infinity)) {
      const columns = lookUp(id);
      if (columns === undefined) {
        absent++;
        continue;
      }
      yield* report(absent);
      absent = 0;
      found.add(rowKey(columns));
      yield { kind: "row", columns };
    }
    yield* report(absent);
  }

  /** Absent rows must be reported between the rows beside them. */
  function* report(absent: number): Generator<ScanItem> {
    if (absent > reported) yield { kind: "unreadable", ids: absent - reported };
    reported = 0;
  }

  function* pass({ item, isWhole, id }: Read): Generator<ScanItem> {
    if (!isWhole) reported += item.kind === "row" ? 1 : item.ids;
    else if (id > doneId && !isTooHigh(id, doneId, ahead)) {
      yield* fill(id);
      doneId = id;
    } else if (item.kind === "row" && found.has(rowKey(item.columns))) return;
    else if (id > 0 && misplaced.size < MISPLACED_MAX) misplaced.add(id);
    yield item;
  }

  for (const item of items) {
    ahead.push(readItem(item, file));
    const next = ahead.length > ROWS_AHEAD ? ahead.shift() : undefined;
    if (next !== undefined) yield* pass(next);
  }
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    yield* pass(next);
  }
  yield* fill(null);
}

/** True if rows ahead have ids between `doneId` and this one, so that it is damaged. */
function isTooHigh(id: number, doneId: number, ahead: readonly Read[]): boolean {
  const between = ahead.filter((read) => read.id > doneId && read.id <= id);
  return between.length >= LOWER_ROWS_MIN;
}

/** Id and checksums. */
function rowKey([id, , , , crc, createdAt, , , , , rowCrc]: SqlRow): string {
  return `${id} ${crc} ${createdAt} ${rowCrc}`;
}

function readItem(item: ScanItem, { indexed, isWhole }: ScannedFile): Read {
  if (item.kind === "unreadable" || !isWhole(item.columns)) {
    return { item, isWhole: false, id: 0 };
  }
  const [id] = item.columns;
  const isListed = typeof id === "number" && indexed.has(id);
  return { item, isWhole: true, id: isListed ? id : 0 };
}
