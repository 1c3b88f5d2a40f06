/**
 * What the pump holds in memory: the rows of each topic, in order, and how far
 * each topic has been read.
 *
 * The buffer is read once from its oldest row on, all topics together. Where a
 * topic cannot flow, its rows are let go again (they are safe in the buffer)
 * and the lane is *behind*: it reads on from its own place, once it flows,
 * until it has caught up with the common one.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import { type BatchBound, createBatchBound } from "./batch.ts";

/** The rows of one topic that are in memory, and its troubles. */
export interface Lane {
  readonly topic: string;
  readonly bound: BatchBound;
  /** In the order of their ids; the next batch is the first of them. */
  rows: StoredRow[];
  /** Id of the last row that was read into `rows`. */
  cursor: number;
  /** Rows after `cursor` were let go, and must be read again. */
  behind: boolean;
  /** `monotonicMs` before which this topic is not tried. */
  notBeforeMs: number;
  /** The batch that failed has this many rows: it is sent again as it was. */
  pinnedRows: number | null;
  /** Failed sends since the last success. */
  failures: number;
  lastErrorName: string | null;
  /** Rows buried since one was last taken. */
  buriedInARow: number;
}

/** All lanes. */
export interface Lanes {
  readonly all: ReadonlyMap<string, Lane>;
  /** Rows in memory. */
  readonly size: number;
  /** Id of the last row of the common reading. */
  readonly cursor: number;
  /** Takes rows of the common reading. */
  admit(rows: readonly StoredRow[]): void;
  /** Takes rows that were read for one lane alone, from its own cursor on. */
  catchUp(lane: Lane, rows: readonly StoredRow[]): void;
  /** Forgets the first `count` rows of a lane: they were settled or buried. */
  drop(lane: Lane, count: number): void;
  /** Lets go of all rows of a lane but its next batch; it is behind from then on. */
  letGo(lane: Lane): void;
  /** Rows in memory whose topics may be tried at `nowMs`. */
  ready(nowMs: number): number;
  /** The lane with the oldest next row that may be tried at `nowMs`. */
  next(nowMs: number): Lane | undefined;
  /** When the next lane that has work may be tried; undefined if none has. */
  dueMs(): number | undefined;
}

/** Makes lanes; batches begin at `batchRowsMax`. */
export function createLanes(batchRowsMax: number): Lanes {
  const all = new Map<string, Lane>();
  let cursor = 0;
  let size = 0;

  function laneOf(topic: string): Lane {
    let lane = all.get(topic);
    if (lane === undefined) {
      lane = {
        topic,
        bound: createBatchBound(batchRowsMax),
        rows: [],
        cursor: 0,
        behind: false,
        notBeforeMs: -Infinity,
        pinnedRows: null,
        failures: 0,
        lastErrorName: null,
        buriedInARow: 0,
      };
      all.set(topic, lane);
    }
    return lane;
  }

  function take(lane: Lane, row: StoredRow): void {
    lane.rows.push(row);
    lane.cursor = row.id;
    size++;
  }

  function hasWork(lane: Lane): boolean {
    return lane.rows.length > 0 || lane.behind;
  }

  return {
    all,
    get size() {
      return size;
    },
    get cursor() {
      return cursor;
    },
    admit(rows) {
      for (const row of rows) {
        cursor = Math.max(cursor, row.id);
        const lane = laneOf(row.topic);
        if (!lane.behind) take(lane, row);
      }
    },
    catchUp(lane, rows) {
      const missed = rows.filter((row) => row.id <= cursor && row.id > lane.cursor);
      for (const row of missed) take(lane, row);
      // Ids rise with the commits: nothing older can appear between these rows.
      if (missed.length < rows.length || rows.length === 0) lane.behind = false;
    },
    drop(lane, count) {
      size -= lane.rows.splice(0, count).length;
    },
    letGo(lane) {
      const kept = lane.pinnedRows ?? 0;
      if (lane.rows.length <= kept) return;
      const first = lane.rows[kept];
      size -= lane.rows.length - kept;
      lane.rows.length = kept;
      lane.cursor = lane.rows.at(-1)?.id ?? (first === undefined ? 0 : first.id - 1);
      lane.behind = true;
    },
    ready(nowMs) {
      let count = 0;
      for (const lane of all.values()) {
        if (lane.notBeforeMs <= nowMs) count += lane.rows.length;
      }
      return count;
    },
    next(nowMs) {
      let best: Lane | undefined;
      for (const lane of all.values()) {
        if (!hasWork(lane) || lane.notBeforeMs > nowMs) continue;
        if (best === undefined || nextId(lane) < nextId(best)) best = lane;
      }
      return best;
    },
    dueMs() {
      let due: number | undefined;
      for (const lane of all.values()) {
        if (hasWork(lane)) due = Math.min(due ?? Infinity, lane.notBeforeMs);
      }
      return due;
    },
  };
}

function nextId(lane: Lane): number {
  return lane.rows[0]?.id ?? lane.cursor + 1;
}
