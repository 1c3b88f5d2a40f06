/**
 * Cuts the pending changes of the write buffer into transactions. Pure.
 *
 * @module
 */

import type { NewRow } from "../buffer.ts";
import { hasNoChanges, type PendingChanges } from "./pending_changes.ts";
import { type CommitBatch, EMPTY_BATCH } from "../queue_commit.ts";
import { schemaPageBytes } from "../retention.ts";

/** Maximum number of new rows in one transaction. */
export const COMMIT_ROWS_MAX = 5_000;

/** What one transaction may contain, so that the log stays within its limit. */
export interface TransactionLimits {
  /** Payload bytes of new rows (at least one row is taken). */
  readonly bytesMax: number;
  /** Acknowledged rows that are deleted. */
  readonly deletedRowsMax: number;
}

/** What is pending, and whether a power-loss window is open. */
export interface Uncommitted {
  readonly rows: readonly NewRow[];
  readonly changes: PendingChanges;
  readonly windowSinceMs: number | null;
}

/** Limits of a transaction on a full disk. */
export interface SmallStepLimits extends TransactionLimits {
  /** Payload bytes of rows for which the file has pages. */
  readonly rowBytesMax: number;
  /** Page bytes of a schema for which the file has pages. */
  readonly schemaBytesMax: number;
}

/** The next transaction of a commit. */
export interface NextTransaction {
  readonly batch: CommitBatch;
  readonly full: boolean;
}

/**
 * The next transaction of a commit that ends with synchronous=FULL if `full`;
 * undefined once everything is committed.
 */
export function nextTransaction(
  state: Uncommitted,
  full: boolean,
  limits: TransactionLimits,
): NextTransaction | undefined {
  const { changes } = state;
  const schemas = takeSchemas(changes.schemas, limits.bytesMax);
  if (schemas.size < changes.schemas.size) {
    // The rows that use them follow in a later transaction.
    return { batch: { ...EMPTY_BATCH, schemas }, full: false };
  }
  const rows = takeRows(state.rows, limits.bytesMax);
  const acknowledged = changes.acknowledged.slice(0, limits.deletedRowsMax);
  const isEmpty = rows.length === 0 && hasNoChanges(changes);
  if (isEmpty && (!full || state.windowSinceMs === null)) return undefined;
  return {
    batch: isEmpty ? EMPTY_BATCH : { ...changes, acknowledged, rows },
    full: full && rows.length === state.rows.length &&
      acknowledged.length === changes.acknowledged.length,
  };
}

/**
 * The next transaction of a commit on a full disk: first the changes that free pages,
 * then one schema, then rows, each only if the file has pages for it. If the file had to
 * grow by more than the reserve has space for, the log could not be copied into it, and
 * would take the space that deletions need.
 *
 * @returns `no_space` if the file has no pages for the next schema or row; undefined if
 * nothing is pending.
 */
export function nextSmallStep(
  state: Uncommitted,
  full: boolean,
  limits: SmallStepLimits,
): NextTransaction | "no_space" | undefined {
  const { schemas, ...freeing } = state.changes;
  const changes = { ...freeing, schemas: EMPTY_BATCH.schemas };
  const isStoring = state.rows.length > 0 || schemas.size > 0;
  if (!hasNoChanges(changes)) {
    return nextTransaction({ ...state, rows: [], changes }, full && !isStoring, limits);
  }
  const [schema] = schemas;
  if (schema !== undefined) {
    // Its rows follow in a later transaction.
    return schemaPageBytes(schema[1]) > limits.schemaBytesMax
      ? "no_space"
      : { batch: { ...EMPTY_BATCH, schemas: new Map([schema]) }, full: false };
  }
  const bytesMax = Math.min(limits.bytesMax, limits.rowBytesMax);
  const next = nextTransaction(state, full, { ...limits, bytesMax });
  // Of rows that are larger than the limit, one is taken.
  return next !== undefined && bytesOf(next.batch.rows) > limits.rowBytesMax
    ? "no_space"
    : next;
}

function bytesOf(rows: readonly NewRow[]): number {
  return rows.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** The first rows that fit into one transaction; at least one. */
function takeRows(rows: readonly NewRow[], bytesMax: number): readonly NewRow[] {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += row.payload.length;
    if (count > 0 && (bytes > bytesMax || count >= COMMIT_ROWS_MAX)) break;
    count++;
  }
  return rows.slice(0, count);
}

/** The first schemas that fit into one transaction; at least one, if there is one. */
function takeSchemas(
  schemas: ReadonlyMap<string, string>,
  bytesMax: number,
): ReadonlyMap<string, string> {
  let bytes = 0;
  const taken = new Map<string, string>();
  for (const [fingerprint, text] of schemas) {
    bytes += text.length;
    if (taken.size > 0 && bytes > bytesMax) break;
    taken.set(fingerprint, text);
  }
  return taken;
}
