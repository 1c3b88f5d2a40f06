/**
 * The queue over its file: runs each batch of changes as one transaction
 * (`queue_transactions.ts`). It uses neither clock nor threads.
 *
 * @module
 */

import type { HoldResult } from "./buffer.ts";
import { type Db, ignoreFullDisk, ignoreTransient } from "./store/database.ts";
import { fixGaps } from "./store/gap_table.ts";
import { hasSchema, loadSchemas, readSchema } from "./store/schema_table.ts";
import { moveStrayRows } from "./store/stray_rows.ts";
import {
  type CommitBatch,
  type CommitContext,
  trimRows,
  writeBatch,
} from "./queue_commit.ts";
import type { CommitCounts, QueueChange, StoredState } from "./queue_state.ts";
import {
  openTransactions,
  type QueueStart,
  withIndexRepair,
} from "./queue_transactions.ts";
import {
  gapCountMax,
  gapReserveBytes,
  pagesToRelease,
  shareBytes,
  type StorageLimits,
} from "./retention.ts";
import type { Crc32 } from "./row_checksum.ts";
import {
  createRowHolds,
  type HeldRow,
  type HoldLimits,
  type RowHolds,
} from "./row_holds.ts";
import {
  createRowIdentifier,
  type ReadHead,
  type RowIdentifier,
} from "./row_identity.ts";
import { countPages } from "./transaction.ts";

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
  /** Called for each committed change. */
  readonly onChange?: (change: QueueChange) => void;
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
  /** Limits the log to what the disk has space for, in bytes. */
  limitLog(bytesMax: number): void;
  /** Pages of the file; they cost no read of it. */
  countPages(): { readonly all: number; readonly free: number };
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
  const { crc32 } = parts;
  let bounds = firstLimits;
  let logBytesMax = Infinity;
  let limits = applyStorageLimits(db, bounds, logBytesMax);
  const identifier = openIdentifier(db, parts);
  const gapsLost = fixRows(db, crc32);
  const holds = createRowHolds((id) => hasRow(db, id));
  const transactions = openTransactions(db, crc32, (change) => {
    holds.apply(change);
    parts.onChange?.(change);
  });
  let epoch = readEpoch(db);

  function transact(full: boolean, work: () => readonly QueueChange[]): CommitCounts {
    return transactions.run(full, limits.fileBytesMax, work);
  }

  function contextOf(wallMs: number): CommitContext {
    const { state } = transactions;
    return {
      ...{ db, state, identifier, crc32, wallMs },
      isHeld: holds.isHeld,
      fileBytesMax: limits.fileBytesMax,
      reservedBytes: gapBytesLeft(state, limits),
      rowsMax: bounds.maxRows,
      sinceMs: bounds.maxAgeMs === null ? null : wallMs - bounds.maxAgeMs,
    };
  }

  return {
    ...holdsOf(holds, () => ({
      fileBytesMax: limits.fileBytesMax,
      rowsMax: bounds.maxRows,
    })),
    get limits() {
      return limits;
    },
    get rows() {
      return transactions.state.rows;
    },
    get bytes() {
      return transactions.bytes;
    },
    get oldestAtMs() {
      return transactions.oldestAtMs;
    },
    get lastId() {
      return transactions.state.lastId;
    },
    get gaps() {
      return transactions.state.gaps;
    },
    get streams() {
      return transactions.state.streams;
    },
    get epoch() {
      return epoch;
    },
    gapsLost,
    begin(start) {
      epoch = start.epoch;
      transactions.begin(start);
      ignoreFullDisk(() => transact(true, () => []));
    },
    commit: (batch, wallMs, full) =>
      transact(full, () => writeBatch(contextOf(wallMs), batch)),
    adjust(next) {
      bounds = next;
      limits = applyStorageLimits(db, bounds, logBytesMax);
    },
    limitLog(bytesMax) {
      logBytesMax = bytesMax;
      limits = applyStorageLimits(db, bounds, logBytesMax);
    },
    trim: () => transact(false, () => trimRows(contextOf(0))),
    ...upkeepOf(db, crc32),
    releasePages: () => releasePages(db, limits),
  };
}

function holdsOf(
  holds: RowHolds,
  limits: () => HoldLimits,
): Pick<Queue, "hold" | "holdRead" | "release" | "settle"> {
  return {
    hold: (rows) => holds.hold(rows, limits()),
    holdRead: (rows) => holds.holdRead(rows, limits()),
    release: holds.release,
    settle: holds.settle,
  };
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
): Pick<Queue, "countPages" | "checkpoint" | "schema" | "hasSchema"> {
  return {
    countPages: () => countPages(db),
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

function applyStorageLimits(
  db: Db,
  { maxBytes }: QueueLimits,
  logBytesMax: number,
): StorageLimits {
  const limits = shareBytes(maxBytes, logBytesMax);
  db.exec(`PRAGMA wal_autocheckpoint=${limits.checkpointPages}`);
  db.exec(`PRAGMA journal_size_limit=${limits.walBytesMax}`);
  return limits;
}

function readEpoch(db: Db): number {
  // As text: the driver cannot return an integer beyond 2^53, as of a damaged file.
  const sql = "SELECT CAST(value AS TEXT) FROM meta WHERE name = 'epoch'";
  const epoch = Number(db.statement(sql).rows()[0]?.[0] ?? 0);
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
}

function releasePages(db: Db, { fileBytesMax }: StorageLimits): boolean {
  const count = pagesToRelease(countPages(db), fileBytesMax);
  if (count > 0) db.exec(`PRAGMA incremental_vacuum(${count})`);
  return count > 0;
}

function hasRow(db: Db, id: number): boolean {
  return db.statement("SELECT 1 FROM telemetry_queue WHERE id = ?").rows(id).length > 0;
}
