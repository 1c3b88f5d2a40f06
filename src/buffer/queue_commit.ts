/**
 * The work of one commit: applies a batch of changes inside the queue's
 * transaction and reports what it did.
 *
 * @module
 */

import type { GapReason, NewRow } from "./buffer.ts";
import { type Db, numberColumn } from "./store/database.ts";
import { evictBytes, evictOldest, evictToFit } from "./eviction.ts";
import type { LostSeq } from "./gaps.ts";
import { lastSeqs, type QueueChange, type StoredState } from "./queue_state.ts";
import { type Excess, schemaPageBytes } from "./retention.ts";
import type { Crc32 } from "./row_checksum.ts";
import type { RowIdentifier } from "./row_identity.ts";
import { openRowTable } from "./store/row_table.ts";
import { saveSchema } from "./store/schema_table.ts";
import { saveStreams } from "./store/stream_table.ts";
import {
  deleteRows,
  type Identify,
  insertRows,
  moveToDeadLetters,
  usedBytes,
} from "./transaction.ts";

/** Rows evicted in one step of {@linkcode trimRows}. */
const TRIM_ROWS = 2_000;

/** The changes of one commit. */
export interface CommitBatch {
  readonly rows: readonly NewRow[];
  /** Ids of delivered rows: deleted. */
  readonly acknowledged: readonly number[];
  /** Number of rejections since the last commit, by id. */
  readonly rejected: ReadonlyMap<number, number>;
  /** Reason by id: moved to the dead letters. */
  readonly deadLetters: ReadonlyMap<number, string>;
  /** Ids of damaged rows: moved to the dead letters too. */
  readonly corrupt: readonly number[];
  /** Text by fingerprint. */
  readonly schemas: ReadonlyMap<string, string>;
}

/** A batch without changes; its commit writes only the time, so that FULL syncs the log. */
export const EMPTY_BATCH: CommitBatch = {
  rows: [],
  acknowledged: [],
  rejected: new Map(),
  deadLetters: new Map(),
  corrupt: [],
  schemas: new Map(),
};

/** Inputs of a commit besides the batch. */
export interface CommitContext {
  readonly db: Db;
  readonly state: StoredState;
  readonly identifier: RowIdentifier;
  readonly crc32: Crc32;
  /** True for rows that the sender holds: they are not evicted. */
  readonly isHeld: (id: number) => boolean;
  readonly fileBytesMax: number;
  /** The part of it that is reserved for gaps. */
  readonly reservedBytes: number;
  readonly rowsMax: number;
  /** Rows created before this time are evicted, ms since the Unix epoch; null = no limit. */
  readonly sinceMs: number | null;
  /** The time of the commit, ms since the Unix epoch. */
  readonly wallMs: number;
}

/**
 * Writes the batch and evicts rows beyond the limits.
 *
 * @returns the changes, in the order in which they apply to the state.
 */
export function writeBatch(
  context: CommitContext,
  batch: CommitBatch,
): readonly QueueChange[] {
  const { db, state, identifier, isHeld, crc32 } = context;
  const identify: Identify = (rows, reason) => identifier.lostWith(rows, reason, state);
  if (batch === EMPTY_BATCH) setMeta(db, "synced_at", context.wallMs);
  // Before the delivered rows are deleted: they help to identify unreadable ones.
  const dead = writeDeadLetters(context, batch, identify);
  const delivered = deleteRows(db, batch.acknowledged);
  for (const [id, times] of batch.rejected) {
    db.statement(
      "UPDATE telemetry_queue SET retry_count = retry_count + ? WHERE id = ?",
    ).run(times, id);
  }
  const rowsNow = state.rows - delivered - dead.ids.length;
  const eviction = { db, identify, isHeld };
  const rowBytesMax = context.fileBytesMax - context.reservedBytes;
  // Rows make room before anything is added, so that the file does not grow for a moment.
  const fileBytesMax = rowBytesMax - schemaBytes(batch.schemas);
  const evicted = evictToFit(
    eviction,
    { ...context, fileBytesMax },
    batch.rows,
    rowsNow,
  );
  saveSchemas(context, batch.schemas);
  const { kept } = evicted;
  const lastId = kept.length > 0 ? insertRows(db, kept, crc32) : state.lastId;
  saveStreams(db, lastSeqs(batch.rows), crc32);
  // The size of a row is an estimate: evict what it missed.
  const more = evictBytes(eviction, rowBytesMax);
  return [
    { kind: "delivered", ids: batch.acknowledged, rows: delivered },
    { kind: "stored", rows: batch.rows, kept, lastId },
    {
      kind: "lost",
      evicted: [...evicted.ids, ...more.ids],
      deadLetters: dead.ids,
      lost: [...dead.lost, ...evicted.lost, ...more.lost],
    },
  ];
}

/** Evicts some rows beyond lowered limits. */
export function trimRows(context: CommitContext): readonly QueueChange[] {
  const { db, state, isHeld, identifier, rowsMax } = context;
  const identify: Identify = (rows, reason) => identifier.lostWith(rows, reason, state);
  const rowBytesMax = context.fileBytesMax - context.reservedBytes;
  const excess = (evicted: number): Excess => ({
    rows: state.rows - evicted - rowsMax,
    bytes: usedBytes(db) - rowBytesMax,
  });
  const reason = state.rows > rowsMax ? "max_rows" : "max_bytes";
  const eviction = { db, identify, isHeld };
  const { ids, lost } = evictOldest(eviction, excess, TRIM_ROWS, reason);
  return [{ kind: "lost", evicted: ids, deadLetters: [], lost }];
}

/** Sets a number in the table `meta`. */
export function setMeta(db: Db, name: string, value: number): void {
  db.statement("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)").run(
    name,
    value,
  );
}

function schemaBytes(schemas: ReadonlyMap<string, string>): number {
  return [...schemas.values()].reduce((sum, text) => sum + schemaPageBytes(text), 0);
}

function saveSchemas(
  { db, identifier, crc32 }: CommitContext,
  schemas: ReadonlyMap<string, string>,
): void {
  for (const [fingerprint, text] of schemas) {
    saveSchema(db, fingerprint, text, crc32);
    identifier.addSchema(fingerprint, text);
  }
}

function writeDeadLetters(
  { db, fileBytesMax, wallMs }: CommitContext,
  { deadLetters, corrupt }: CommitBatch,
  identify: Identify,
): { readonly ids: readonly number[]; readonly lost: readonly LostSeq[] } {
  const table = openRowTable(db);
  const lost: LostSeq[] = [];
  const stored = (all: Iterable<number>, reason: GapReason): readonly number[] => {
    const rows = [...all].flatMap((id) => table.select("WHERE id = ?", id));
    lost.push(...identify(rows, reason));
    return rows.map(([id]) => numberColumn(id));
  };
  const ids = [...stored(deadLetters.keys(), "refused"), ...stored(corrupt, "corrupt")];
  for (const id of ids) {
    const detail = deadLetters.get(id) ?? "corrupt";
    moveToDeadLetters(db, id, detail, wallMs, fileBytesMax / 10);
  }
  return { ids, lost };
}
