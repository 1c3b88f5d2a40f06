/**
 * Reads the next rows of the queue in the worker while the sender sends the previous
 * ones: a backlog drains without waiting for the disk.
 *
 * Rows that are read ahead count against the limit of the query that they follow, so
 * the sender's limit of rows in memory includes them. A query that is not the
 * continuation of the last one discards them.
 *
 * @module
 */

import type { OldestQuery, StoredRow } from "../buffer.ts";

/** The result of one read. */
export interface RowsRead {
  readonly rows: readonly StoredRow[];
  /** The last id that was assigned when the rows were read. */
  readonly lastId: number;
}

/** Reads rows; rejects with the reason of `signal` if that aborts. */
export type ReadRows = (query: OldestQuery, signal: AbortSignal) => Promise<RowsRead>;

/** Rows that are read ahead are not cancelled, only discarded. */
const NEVER: AbortSignal = new AbortController().signal;

/** Returns a function that reads like `read`, and ahead. */
export function createReadAhead(
  read: ReadRows,
): (query: OldestQuery, signal: AbortSignal) => Promise<readonly StoredRow[]> {
  let ahead: {
    readonly query: OldestQuery;
    readonly result: Promise<RowsRead | undefined>;
  } | undefined;

  /** The rows that were read ahead for `query`; undefined if there are none. */
  async function take(
    query: OldestQuery,
    signal: AbortSignal,
  ): Promise<RowsRead | undefined> {
    const taken = ahead;
    ahead = undefined;
    if (taken === undefined || !isSameQuery(taken.query, query)) return undefined;
    const result = await orAbort(taken.result, signal);
    if (result === undefined || result.rows.length === 0) return undefined;
    return result.rows.length > query.countMax ? undefined : result;
  }

  return async (query, signal) => {
    signal.throwIfAborted();
    const found = await take(query, signal) ?? await read(query, signal);
    const next = nextQuery(query, found);
    if (next !== undefined) {
      // A failed read is repeated by the query that would have used it.
      ahead = { query: next, result: read(next, NEVER).catch(() => undefined) };
    }
    return found.rows;
  };
}

/** The query that continues `query`; undefined if nothing is to be read ahead. */
export function nextQuery(
  query: OldestQuery,
  { rows, lastId }: RowsRead,
): OldestQuery | undefined {
  const last = rows.at(-1);
  const countMax = query.countMax - rows.length;
  if (last === undefined || last.id >= lastId || countMax < rows.length) {
    return undefined;
  }
  return isOfAllTopics(query) ? { ...query, afterId: last.id, countMax } : undefined;
}

function isSameQuery(ahead: OldestQuery, query: OldestQuery): boolean {
  return isOfAllTopics(query) && ahead.afterId === query.afterId &&
    ahead.bytesMax <= query.bytesMax;
}

function isOfAllTopics({ topic, exceptTopics = [] }: OldestQuery): boolean {
  return topic === undefined && exceptTopics.length === 0;
}

async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
