/**
 * The queue over its file: runs each batch of changes as one transaction. It uses
 * neither clock nor threads. Its state changes only after a successful commit
 * (`queue_state.ts`).
 *
 * @module
 */

import type { HoldResult, LastSeq } from "./buffer.ts";
import {
  type Db,
  ignoreFullDisk,
  ignoreTransient,
  isDamage,
  singleNumber,
} from "./store/database.ts";
import { fixGaps, loadGaps, saveGaps } from "./store/gap_table.ts";
import { hasSchema, loadSchemas, readSchema } from "./store/schema_table.ts";
import { loadStreams, saveStreams } from "./store/stream_table.ts";
import { moveStrayRows } from "./store/stray_rows.ts";
import { compactGaps, type LostRange } from "./gaps.ts";
import {
  type CommitBatch,
  type CommitContext,
  setMeta,
  trimRows,
  writeBatch,
} from "./queue_commit.ts";
import {
  applyChange,
  type CommitCounts,
  countRows,
  type QueueChange,
  type StoredState,
} from "./queue_state.ts";
import {
  gapCountMax,
  gapReserveBytes,
  pagesToRelease,
  shareBytes,
  type StorageLimits,
} from "./retention.ts";
import type { Crc32 } from "./row_checksum.ts";
import { createRowHolds, type HeldRow, type HoldLimits } from "./row_holds.ts";
import {
  createRowIdentifier,
  type ReadHead,
  type RowIdentifier,
} from "./row_identity.ts";
import { countPages, lastId, usedBytes } from "./transaction.ts";

export { type CommitBatch, EMPTY_BATCH } from "./queue_commit.ts";
export type { CommitCounts } from "./queue_state.ts";

/** The limits of the queue. */
export interface QueueLimits {
  readonly maxBytes: number;
  readonly maxRows: number;
  /** null = no limit by age. */
  readonly maxAgeMs: number | null;
}

/** The functions that the queue depends on. */
export interface QueueParts {
  readonly crc32: Crc32;
  readonly readHead: ReadHead;
}

/** How a start begins. */
export interface QueueStart {
  /** The epoch of this start. */
  readonly epoch: number;
  /** Numbers that were given out and are not in the file; they become gaps. */
  readonly missing: readonly LostRange[];
  /** The last numbers given out before this start, by stream. */
  readonly streams: ReadonlyMap<string, LastSeq>;
}

/** The queue, as of its last commit. */
export interface Queue extends StoredState {
  readonly limits: StorageLimits;
  /** Bytes of the pages in use; they count against `max_bytes`. */
  readonly bytes: number;
  /** `created_at` of the oldest row; null if the queue is empty. */
  readonly oldestAtMs: number | null;
  /** The epoch in the file; 0 = none. */
  readonly epoch: number;
  /** Gaps whose numbers could not be read at the opening: they are never announced. */
  readonly gapsLost: number;
  /**
   * Commits the start of an epoch, with FULL. If the disk rejects it, the start is a part
   * of the next commit.
   */
  begin(start: QueueStart): void;
  /** Makes all changes in one transaction, with FULL or NORMAL; if it throws, nothing changed. */
  commit(batch: CommitBatch, wallMs: number, full: boolean): CommitCounts;
  /** Holds rows, see {@linkcode Buffer.hold}. */
  hold(rows: readonly HeldRow[]): HoldResult;
  /** Holds rows that were just read; returns the number held, from the front. */
  holdRead(rows: readonly HeldRow[]): number;
  /** Ends the hold of rows that were not delivered. */
  release(ids: readonly number[]): void;
  /** The rows were delivered; the next commit that has their ids deletes them. */
  settle(ids: readonly number[]): void;
  /** Changes the limits. */
  adjust(limits: QueueLimits): void;
  /** Evicts some of the rows beyond lowered limits; call it until nothing is evicted. */
  trim(): CommitCounts;
  /** Copies the log into the database file, so that the log's space can be reused. */
  checkpoint(): void;
  /** Returns some free pages to the file system; false if there was nothing to return. */
  releasePages(): boolean;
  /** The text of a schema, by fingerprint; undefined if it is missing or damaged. */
  schema(fingerprint: string): string | undefined;
  /** True if the file contains exactly this schema. */
  hasSchema(fingerprint: string, text: string): boolean;
}

/** Opens the queue in a file of the current version. */
export function openQueue(db: Db, firstLimits: QueueLimits, parts: QueueParts): Queue {
  let bounds = firstLimits;
  let limits = applyStorageLimits(db, bounds);
  const { crc32 } = parts;
  const identifier = openIdentifier(db, parts);
  const gapsLost = fixRows(db, crc32);
  let state = loadState(db, crc32);
  let epoch = readEpoch(db);
  let uncommittedStart: QueueStart | null = null;
  let bytes = usedBytes(db);
  let oldestAtMs = withIndexRepair(db, () => readOldest(db));
  const holds = createRowHolds((id) => hasRow(db, id));

  /** Runs `work` in one transaction; the state changes once that is committed. */
  function transact(full: boolean, work: () => readonly QueueChange[]): CommitCounts {
    db.setFull(full);
    const start = uncommittedStart;
    const done = withIndexRepair(db, () =>
      db.transaction(() => {
        const begun = start === null ? [] : writeStart(db, start, crc32);
        const changes = [...begun, ...work()];
        const next = withMergedGaps(changes.reduce(applyChange, state), limits);
        saveGaps(db, state.gaps, next.gaps, crc32);
        return { changes, next, bytes: usedBytes(db) };
      }));
    if (uncommittedStart === start) uncommittedStart = null;
    state = done.next;
    bytes = done.bytes;
    for (const change of done.changes) holds.apply(change);
    oldestAtMs = withIndexRepair(db, () => readOldest(db));
    return countRows(done.changes);
  }

  function contextOf(wallMs: number): CommitContext {
    return {
      db,
      state,
      identifier,
      crc32,
      isHeld: holds.isHeld,
      fileBytesMax: limits.fileBytesMax,
      reservedBytes: gapBytesLeft(state, limits),
      rowsMax: bounds.maxRows,
      sinceMs: bounds.maxAgeMs === null ? null : wallMs - bounds.maxAgeMs,
      wallMs,
    };
  }

  const holdLimits = (): HoldLimits => ({
    fileBytesMax: limits.fileBytesMax,
    rowsMax: bounds.maxRows,
  });

  return {
    hold: (rows) => holds.hold(rows, holdLimits()),
    holdRead: (rows) => holds.holdRead(rows, holdLimits()),
    release: holds.release,
    settle: holds.settle,
    get limits() {
      return limits;
    },
    get rows() {
      return state.rows;
    },
    get bytes() {
      return bytes;
    },
    get oldestAtMs() {
      return oldestAtMs;
    },
    get lastId() {
      return state.lastId;
    },
    get gaps() {
      return state.gaps;
    },
    get streams() {
      return state.streams;
    },
    get epoch() {
      return epoch;
    },
    gapsLost,
    begin(start) {
      epoch = start.epoch;
      uncommittedStart = start;
      ignoreFullDisk(() => transact(true, () => []));
    },
    commit: (batch, wallMs, full) =>
      transact(full, () => writeBatch(contextOf(wallMs), batch)),
    adjust(next) {
      bounds = next;
      limits = applyStorageLimits(db, bounds);
    },
    trim: () => transact(false, () => trimRows(contextOf(0))),
    ...upkeepOf(db, crc32),
    releasePages: () => releasePages(db, limits),
  };
}

function withMergedGaps(
  state: StoredState,
  { fileBytesMax }: StorageLimits,
): StoredState {
  const countMax = gapCountMax(fileBytesMax, state.streams.size);
  return { ...state, gaps: compactGaps(state.gaps, countMax) };
}

/** What gaps may still take: rows leave this space free. */
function gapBytesLeft(
  { gaps, streams }: StoredState,
  { fileBytesMax }: StorageLimits,
): number {
  const countMax = gapCountMax(fileBytesMax, streams.size);
  return gapReserveBytes(gaps, countMax, streams.keys());
}

function upkeepOf(
  db: Db,
  crc32: Crc32,
): Pick<Queue, "checkpoint" | "schema" | "hasSchema"> {
  return {
    checkpoint: () => void db.statement("PRAGMA wal_checkpoint(PASSIVE)").rows(),
    schema: (fingerprint) => readSchema(db, fingerprint, crc32),
    hasSchema: (fingerprint, text) => hasSchema(db, fingerprint, text, crc32),
  };
}

/**
 * Fixes what damage to single cells would otherwise hide: ids out of range, and gaps
 * that differ from their copy or whose announcing row does not exist. If the disk is
 * full, the next start does it.
 *
 * @returns the number of gaps that are lost.
 */
function fixRows(db: Db, crc32: Crc32): number {
  const lost = ignoreTransient(() =>
    withIndexRepair(db, () =>
      db.transaction(() => {
        moveStrayRows(db);
        return fixGaps(db, crc32);
      }))
  );
  return lost ?? 0;
}

function openIdentifier(db: Db, { crc32, readHead }: QueueParts): RowIdentifier {
  const identifier = createRowIdentifier(db, readHead, crc32);
  for (const [fingerprint, text] of loadSchemas(db, crc32).texts) {
    identifier.addSchema(fingerprint, text);
  }
  return identifier;
}

/**
 * Runs a transaction; if it fails on damage, rebuilds the index and runs it once more.
 * A damaged `created_at` differs from its index entry, which makes SQLite refuse to
 * delete the row.
 */
function withIndexRepair<T>(db: Db, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isDamage(error)) throw error;
    db.exec("REINDEX idx_created_at");
    return work();
  }
}

function applyStorageLimits(db: Db, { maxBytes }: QueueLimits): StorageLimits {
  const limits = shareBytes(maxBytes);
  db.exec(`PRAGMA wal_autocheckpoint=${limits.checkpointPages}`);
  db.exec(`PRAGMA journal_size_limit=${limits.walBytesMax}`);
  return limits;
}

function loadState(db: Db, crc32: Crc32): StoredState {
  const gaps = loadGaps(db, crc32).state;
  const count = db.statement("SELECT count(*) FROM telemetry_queue").rows();
  const streams = loadStreams(db, crc32);
  return { rows: singleNumber(count, 0), lastId: lastId(db), gaps, streams };
}

function readEpoch(db: Db): number {
  // As text: the driver cannot return an integer beyond 2^53, as of a damaged file.
  const sql = "SELECT CAST(value AS TEXT) FROM meta WHERE name = 'epoch'";
  const epoch = Number(db.statement(sql).rows()[0]?.[0] ?? 0);
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
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

function releasePages(db: Db, { fileBytesMax }: StorageLimits): boolean {
  const count = pagesToRelease(countPages(db), fileBytesMax);
  if (count > 0) db.exec(`PRAGMA incremental_vacuum(${count})`);
  return count > 0;
}

function readOldest(db: Db): number | null {
  // Rounded: the driver cannot return an integer beyond 2^53, as of a damaged row.
  const sql = "SELECT CAST(min(created_at) AS REAL) FROM telemetry_queue";
  const at = db.statement(sql).rows()[0]?.[0];
  return typeof at === "number" ? at : null;
}

function hasRow(db: Db, id: number): boolean {
  return db.statement("SELECT 1 FROM telemetry_queue WHERE id = ?").rows(id).length > 0;
}
