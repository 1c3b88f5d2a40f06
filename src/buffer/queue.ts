/**
 * The queue over its file: runs each batch of changes as one transaction. It uses
 * neither clock nor threads. Its state changes only after a successful commit
 * (`queue_state.ts`).
 *
 * @module
 */

import type { HoldResult, LastSeq } from "./buffer.ts";
import { type Db, numberColumn, singleNumber, textColumn } from "./store/database.ts";
import { loadGaps, saveGaps } from "./store/gap_table.ts";
import { evictOldest } from "./eviction.ts";
import type { GapState } from "./gaps.ts";
import { type CommitBatch, setMeta, writeBatch } from "./queue_commit.ts";
import {
  applyChange,
  type CommitCounts,
  countRows,
  type QueueChange,
  type StoredState,
} from "./queue_state.ts";
import {
  type Excess,
  pagesToRelease,
  shareBytes,
  type StorageLimits,
} from "./retention.ts";
import { createRowHolds, type HeldRow } from "./row_holds.ts";
import { createRowIdentifier, type ReadHead } from "./row_identity.ts";
import { countPages, lastId, usedBytes } from "./transaction.ts";

export { type CommitBatch, EMPTY_BATCH } from "./queue_commit.ts";
export type { CommitCounts } from "./queue_state.ts";

/** Rows evicted in one step of {@linkcode Queue.trim}. */
const TRIM_ROWS = 2_000;

/** The limits of the queue. */
export interface QueueLimits {
  readonly maxBytes: number;
  readonly maxRows: number;
  /** null = no limit by age. */
  readonly maxAgeMs: number | null;
}

/** The functions that the queue depends on. */
export interface QueueParts {
  readonly crc32: (bytes: Uint8Array) => number;
  readonly readHead: ReadHead;
}

/** The queue, as of its last commit. */
export interface Queue extends StoredState {
  readonly limits: StorageLimits;
  /** Bytes of the pages in use; they count against `max_bytes`. */
  readonly bytes: number;
  /** `created_at` of the oldest row; null if the queue is empty. */
  readonly oldestAtMs: number | null;
  /**
   * Commits and returns the epoch of this start: greater than the stored epoch and
   * `epochBefore`, and at least `wallMs` in seconds.
   */
  startEpoch(wallMs: number, epochBefore: number): number;
  /** Makes all changes in one transaction, with FULL or NORMAL; if it throws, nothing changed. */
  commit(batch: CommitBatch, wallMs: number, full: boolean): CommitCounts;
  /** Holds rows, see {@linkcode Buffer.hold}. */
  hold(rows: readonly HeldRow[]): HoldResult;
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
  /** The text of a schema, by fingerprint. */
  schema(fingerprint: string): string | undefined;
}

/** Opens the queue in a file of the current version. */
export function openQueue(db: Db, firstLimits: QueueLimits, parts: QueueParts): Queue {
  let bounds = firstLimits;
  let limits = applyStorageLimits(db, bounds);
  const identifier = createRowIdentifier(parts.readHead);
  for (const row of db.statement("SELECT fingerprint, text FROM schemas").rows()) {
    identifier.addSchema(textColumn(row[0]), textColumn(row[1]));
  }
  let state = loadState(db);
  let bytes = usedBytes(db);
  let oldestAtMs = readOldest(db);
  const holds = createRowHolds((id) => hasRow(db, id));

  /** Runs `work` in one transaction; the state changes once that is committed. */
  function transact(full: boolean, work: () => readonly QueueChange[]): CommitCounts {
    db.setFull(full);
    const done = db.transaction(() => {
      const changes = work();
      const next = changes.reduce(applyChange, state);
      saveGaps(db, state.gaps, next.gaps);
      return { changes, next, bytes: usedBytes(db) };
    });
    state = done.next;
    bytes = done.bytes;
    for (const change of done.changes) holds.apply(change);
    oldestAtMs = readOldest(db);
    return countRows(done.changes);
  }

  function trim(): readonly QueueChange[] {
    const excess = (evicted: number): Excess => ({
      rows: state.rows - evicted - bounds.maxRows,
      bytes: usedBytes(db) - limits.fileBytesMax,
    });
    const reason = state.rows > bounds.maxRows ? "max_rows" : "max_bytes";
    const { identify } = identifier;
    const eviction = { db, identify, isHeld: holds.isHeld };
    const { ids, lost } = evictOldest(eviction, excess, TRIM_ROWS, reason);
    return [{ kind: "lost", evicted: ids, deadLetters: [], lost }];
  }

  return {
    hold: (rows) =>
      holds.hold(rows, {
        fileBytesMax: limits.fileBytesMax,
        rowsMax: bounds.maxRows,
      }),
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
    startEpoch: (wallMs, epochBefore) => startEpoch(db, wallMs, epochBefore),
    commit: (batch, wallMs, full) =>
      transact(full, () =>
        writeBatch({
          db,
          state,
          identifier,
          crc32: parts.crc32,
          isHeld: holds.isHeld,
          fileBytesMax: limits.fileBytesMax,
          rowsMax: bounds.maxRows,
          sinceMs: bounds.maxAgeMs === null ? null : wallMs - bounds.maxAgeMs,
          wallMs,
        }, batch)),
    adjust(next) {
      bounds = next;
      limits = applyStorageLimits(db, bounds);
    },
    trim: () => transact(false, trim),
    checkpoint: () => void db.statement("PRAGMA wal_checkpoint(PASSIVE)").rows(),
    releasePages() {
      const count = pagesToRelease(countPages(db), limits.fileBytesMax);
      if (count > 0) db.exec(`PRAGMA incremental_vacuum(${count})`);
      return count > 0;
    },
    schema: (fingerprint) => readSchema(db, fingerprint),
  };
}

function applyStorageLimits(db: Db, { maxBytes }: QueueLimits): StorageLimits {
  const limits = shareBytes(maxBytes);
  db.exec(`PRAGMA wal_autocheckpoint=${limits.checkpointPages}`);
  db.exec(`PRAGMA journal_size_limit=${limits.walBytesMax}`);
  return limits;
}

function loadState(db: Db): StoredState {
  const streams = new Map<string, LastSeq>();
  for (const row of db.statement("SELECT stream, epoch, seq FROM streams").rows()) {
    const [stream, epoch, seq] = row;
    streams.set(textColumn(stream), {
      epoch: numberColumn(epoch),
      seq: numberColumn(seq),
    });
  }
  const gaps: GapState = loadGaps(db);
  const count = db.statement("SELECT count(*) FROM telemetry_queue").rows();
  return { rows: singleNumber(count, 0), lastId: lastId(db), gaps, streams };
}

function startEpoch(db: Db, wallMs: number, epochBefore: number): number {
  const rows = db.statement("SELECT value FROM meta WHERE name = 'epoch'").rows();
  const stored = Math.max(singleNumber(rows, 0), epochBefore);
  const epoch = Math.max(stored + 1, Math.floor(wallMs / 1000));
  db.setFull(true);
  db.transaction(() => setMeta(db, "epoch", epoch));
  return epoch;
}

function readOldest(db: Db): number | null {
  const sql = "SELECT min(created_at) FROM telemetry_queue";
  const at = db.statement(sql).rows()[0]?.[0];
  return typeof at === "number" ? at : null;
}

function hasRow(db: Db, id: number): boolean {
  return db.statement("SELECT 1 FROM telemetry_queue WHERE id = ?").rows(id).length > 0;
}

function readSchema(db: Db, fingerprint: string): string | undefined {
  const sql = "SELECT text FROM schemas WHERE fingerprint = ?";
  const found = db.statement(sql).rows(fingerprint)[0]?.[0];
  return typeof found === "string" ? found : undefined;
}
