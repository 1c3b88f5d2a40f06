/**
 * The transactions of a queue, and its state after them. The state changes only after a
 * successful commit.
 *
 * @module
 */

import type { LastSeq } from "./buffer.ts";
import { compactGaps, type LostRange } from "./gaps.ts";
import { setMeta } from "./queue_commit.ts";
import {
  applyChange,
  type CommitCounts,
  countRows,
  type QueueChange,
  type StoredState,
} from "./queue_state.ts";
import { gapCountMax } from "./retention.ts";
import type { Crc32 } from "./row_checksum.ts";
import { type Db, isDamage, singleNumber } from "./store/database.ts";
import { loadGaps, saveGaps } from "./store/gap_table.ts";
import { loadStreams, saveStreams } from "./store/stream_table.ts";
import { lastId, usedBytes } from "./transaction.ts";

/** How a start begins. */
export interface QueueStart {
  /** The epoch of this start. */
  readonly epoch: number;
  /** Numbers that were given out and are not in the file; they become gaps. */
  readonly missing: readonly LostRange[];
  /** The last numbers given out before this start, by stream. */
  readonly streams: ReadonlyMap<string, LastSeq>;
}

/** Runs transactions on an open file. */
export interface QueueTransactions {
  readonly state: StoredState;
  /** Bytes of the pages in use. */
  readonly bytes: number;
  /** `created_at` of the oldest row; null if there is none. */
  readonly oldestAtMs: number | null;
  /** The start becomes a part of the next transaction that succeeds. */
  begin(start: QueueStart): void;
  /**
   * Runs `work` in one transaction, with FULL or NORMAL; if it throws, nothing changed.
   *
   * @param fileBytesMax limit of the file: it limits the number of gaps
   */
  run(
    full: boolean,
    fileBytesMax: number,
    work: () => readonly QueueChange[],
  ): CommitCounts;
}

/**
 * Loads the state of a file of the current version.
 *
 * @param onChange is called for each committed change
 */
export function openTransactions(
  db: Db,
  crc32: Crc32,
  onChange: (change: QueueChange) => void,
): QueueTransactions {
  let state = loadState(db, crc32);
  let bytes = usedBytes(db);
  let oldestAtMs = withIndexRepair(db, () => readOldest(db));
  let uncommittedStart: QueueStart | null = null;

  return {
    get state() {
      return state;
    },
    get bytes() {
      return bytes;
    },
    get oldestAtMs() {
      return oldestAtMs;
    },
    begin(start) {
      uncommittedStart = start;
    },
    run(full, fileBytesMax, work) {
      db.setFull(full);
      const start = uncommittedStart;
      const done = withIndexRepair(db, () =>
        db.transaction(() => {
          const begun = start === null ? [] : writeStart(db, start, crc32);
          const changes = [...begun, ...work()];
          const changed = changes.reduce(applyChange, state);
          const next = withMergedGaps(changed, fileBytesMax);
          saveGaps(db, state.gaps, next.gaps, crc32);
          return { changes, next, bytes: usedBytes(db) };
        }));
      if (uncommittedStart === start) uncommittedStart = null;
      state = done.next;
      bytes = done.bytes;
      done.changes.forEach(onChange);
      oldestAtMs = withIndexRepair(db, () => readOldest(db));
      return countRows(done.changes);
    },
  };
}

function withMergedGaps(state: StoredState, fileBytesMax: number): StoredState {
  const countMax = gapCountMax(fileBytesMax, state.streams.size);
  return { ...state, gaps: compactGaps(state.gaps, countMax) };
}

/**
 * Runs a transaction; if it fails on damage, rebuilds the index and runs it once more.
 * A damaged `created_at` differs from its index entry, which makes SQLite refuse to
 * delete the row.
 *
 * @throws {DbFailure} of kind `corrupt` if the table lacks rows that the index lists: they
 * are unreadable, and a new index would hide that. A repair announces them.
 */
export function withIndexRepair<T>(db: Db, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isDamage(error) || lacksRows(db)) throw error;
    db.exec("REINDEX idx_created_at");
    return work();
  }
}

function lacksRows(db: Db): boolean {
  const sql = "SELECT count(*) FROM telemetry_queue";
  const inTable = db.statement(`${sql} NOT INDEXED`).rows();
  return indexedRows(db) > singleNumber(inTable, 0);
}

/** 0 if the index cannot be read. */
function indexedRows(db: Db): number {
  try {
    const sql = "SELECT count(*) FROM telemetry_queue INDEXED BY idx_created_at";
    return singleNumber(db.statement(sql).rows(), 0);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return 0;
  }
}

function loadState(db: Db, crc32: Crc32): StoredState {
  const gaps = loadGaps(db, crc32).state;
  const count = db.statement("SELECT count(*) FROM telemetry_queue").rows();
  const streams = loadStreams(db, crc32);
  return { rows: singleNumber(count, 0), lastId: lastId(db), gaps, streams };
}

function writeStart(
  db: Db,
  { epoch, missing, streams }: QueueStart,
  crc32: Crc32,
): readonly QueueChange[] {
  setMeta(db, "epoch", epoch);
  saveStreams(db, streams, crc32);
  return [{ kind: "begun", missing, streams }];
}

function readOldest(db: Db): number | null {
  // Rounded: the driver cannot return an integer beyond 2^53, as of a damaged row.
  const sql = "SELECT CAST(min(created_at) AS REAL) FROM telemetry_queue";
  const at = db.statement(sql).rows()[0]?.[0];
  return typeof at === "number" ? at : null;
}
