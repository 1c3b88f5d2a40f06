/**
 * Finds the rows that the scan of a damaged table passed over without an error, although
 * the index lists them: damage can leave a page valid but with fewer rows. Pure.
 *
 * @module
 */

import type { IdSet } from "./indexed_ids.ts";
import type { ScanItem } from "./table_scan.ts";

/** Rows read ahead. They show whether the id of a row is too high for its place. */
const ROWS_AHEAD = 3;

/** Adds an item of kind `unreadable` wherever the index lists rows that are absent. */
export function* withVanished(
  items: Iterable<ScanItem>,
  indexed: IdSet,
): Generator<ScanItem> {
  const ahead: ScanItem[] = [];
  /** The listed ids up to this one were read or reported. */
  let doneId = 0;

  function* pass(item: ScanItem): Generator<ScanItem> {
    const reachedId = reached(item, ahead, indexed);
    const ids = indexed.countBetween(doneId, reachedId);
    if (item.kind === "unreadable") {
      doneId = Math.max(doneId, reachedId - 1);
      yield { ...item, ids: Math.max(item.ids, ids) };
      return;
    }
    doneId = Math.max(doneId, reachedId);
    if (ids > 0) yield { kind: "unreadable", ids, beforeId: reachedId };
    yield item;
  }

  for (const item of items) {
    ahead.push(item);
    const next = ahead.length > ROWS_AHEAD ? ahead.shift() : undefined;
    if (next !== undefined) yield* pass(next);
  }
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    yield* pass(next);
  }
  const ids = indexed.countBetween(doneId, Infinity);
  if (ids > 0) yield { kind: "unreadable", ids, beforeId: null };
}

/**
 * The id up to which the scan has come; 0 if that is not certain: the index does not
 * list the id, or most rows ahead have lower ones, so that it is a damaged one.
 */
function reached(item: ScanItem, ahead: readonly ScanItem[], indexed: IdSet): number {
  const id = listedId(item, indexed);
  const later = ahead.filter(({ kind }) => kind === "row")
    .map((one) => listedId(one, indexed)).filter((one) => one > 0);
  const lower = later.filter((one) => one <= id).length;
  return 2 * lower > later.length ? 0 : id;
}

/** 0 = the index does not list it. */
function listedId(item: ScanItem, indexed: IdSet): number {
  const id = item.kind === "row" ? item.columns[0] : item.beforeId;
  return typeof id === "number" && indexed.has(id) ? id : 0;
}
