/**
 * The rows of the latest commits, for a sender that has read all rows before them: they
 * are returned from memory, without reading and checking the file.
 *
 * They count against the limit of rows in memory that the sender's last read states, and
 * are kept only until they are read. A sender with a backlog, and every start, reads the
 * file. Rows that left the queue are not returned.
 *
 * @module
 */

import type { NewRow, OldestQuery, StoredRow } from "../buffer.ts";
import type { QueueChange } from "../queue_state.ts";
import { type ReadStep, type RowReader, toRowReader } from "../row_reader.ts";

/** Maximum number of rows kept; more than a commit of the largest fleets has. */
const FRESH_ROWS_MAX = 5_000;
/** Maximum number of payload bytes kept. */
const FRESH_BYTES_MAX = 2 * 1024 * 1024;

/** Reads rows as the reader of the file does, from memory where it has them. */
export interface FreshRows extends RowReader {
  /** A change was committed. */
  apply(change: QueueChange): void;
}

/** The rows kept: all rows with an id above `afterId`. */
interface Kept {
  readonly afterId: number;
  readonly rows: readonly StoredRow[];
  readonly bytes: number;
}

/**
 * Creates a list without rows.
 *
 * @param reader reads the file
 */
export function createFreshRows(reader: Pick<RowReader, "readEach">): FreshRows {
  /** Null = the sender has not read all rows: what a commit adds is not kept. */
  let kept: Kept | null = null;
  /** Rows that the sender's last read leaves room for. */
  let rowsMax = 0;

  function add(rows: readonly NewRow[], lastId: number): void {
    if (kept === null || rows.length === 0) return;
    const firstId = lastId - rows.length + 1;
    const bytes = kept.bytes + payloadBytes(rows);
    const count = kept.rows.length + rows.length;
    const isTooMuch = count > Math.min(rowsMax, FRESH_ROWS_MAX) ||
      bytes > FRESH_BYTES_MAX;
    kept = isTooMuch ? null : {
      ...kept,
      rows: kept.rows.concat(rows.map((row, at) => storedRow(row, firstId + at))),
      bytes,
    };
  }

  /** The sender has read all rows up to this id. */
  function dropRead(readUpTo: number): void {
    if (kept === null) return;
    const rows = kept.rows.filter(({ id }) => id > readUpTo);
    const afterId = Math.max(kept.afterId, readUpTo);
    kept = { afterId, rows, bytes: payloadBytes(rows) };
  }

  function removed(ids: readonly number[]): void {
    const after = kept?.afterId ?? Infinity;
    if (ids.some((id) => id > after)) kept = null;
  }

  return {
    apply(change) {
      switch (change.kind) {
        case "stored":
          return add(change.kept, change.lastId);
        case "delivered":
          return removed(change.ids);
        case "lost":
          removed(change.evicted);
          return removed(change.deadLetters);
        case "begun":
          return;
        default:
          change satisfies never;
      }
    },
    ...toRowReader((query, hidden, lastId, onRow) => {
      let count = 0;
      let readUpTo = query.afterId;
      const pass = (row: StoredRow): void => {
        count++;
        readUpTo = row.id;
        onRow(row);
      };
      const isAll = isOfAllTopics(query);
      const rows = kept !== null && kept.afterId <= query.afterId && isAll
        ? kept.rows
        : null;
      const step = rows === null
        ? reader.readEach(query, hidden, lastId, pass)
        : readFrom(rows, query, hidden, pass);
      rowsMax = query.countMax - count;
      if (query.topic === undefined) dropRead(readUpTo);
      if (kept !== null && kept.rows.length > rowsMax) kept = null;
      const isAtEnd = readUpTo >= lastId || count === 0 && step.continueAfter === null;
      if (rows === null && isAll && isAtEnd) {
        kept = { afterId: lastId, rows: [], bytes: 0 };
      }
      return step;
    }),
  };
}

function isOfAllTopics({ topic, exceptTopics = [] }: OldestQuery): boolean {
  return topic === undefined && exceptTopics.length === 0;
}

function readFrom(
  rows: readonly StoredRow[],
  { afterId, countMax, bytesMax }: OldestQuery,
  hidden: ReadonlySet<number>,
  onRow: (row: StoredRow) => void,
): ReadStep {
  let count = 0;
  let bytes = 0;
  for (const row of rows) {
    if (row.id <= afterId || hidden.has(row.id)) continue;
    bytes += row.payload.length;
    if (count > 0 && bytes > bytesMax) break;
    onRow(row);
    if (++count >= countMax) break;
  }
  return { corrupt: [], continueAfter: null };
}

function storedRow(
  { topic, key, payload, createdAtMs }: NewRow,
  id: number,
): StoredRow {
  return { id, topic, key, payload, createdAtMs, retryCount: 0 };
}

function payloadBytes(rows: readonly { readonly payload: Uint8Array }[]): number {
  let bytes = 0;
  for (const { payload } of rows) bytes += payload.length;
  return bytes;
}
