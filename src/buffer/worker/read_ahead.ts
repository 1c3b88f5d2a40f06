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

/** Reads rows. A read is not cancelled: its rows are discarded. */
export type ReadRows = (query: OldestQuery) => Promise<RowsRead>;

/**
 * Returns a function that reads like `read`, and ahead.
 *
 * @param discard is called with rows that were read and are not returned
 */
export function createReadAhead(
  read: ReadRows,
  discard: (rows: readonly StoredRow[]) => void,
): (query: OldestQuery, signal: AbortSignal) => Promise<readonly StoredRow[]> {
  let ahead: {
    readonly query: OldestQuery;
    readonly result: Promise<RowsRead | undefined>;
  } | undefined;

  /** Waits for `reading`; if `signal` aborts before, its rows are discarded. */
  async function orDiscard<T extends RowsRead | undefined>(
    reading: Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await orAbort(reading, signal);
    } catch (error) {
      drop(reading);
      throw error;
    }
  }

  function drop(reading: Promise<RowsRead | undefined>): void {
    reading.then((late) => discard(late?.rows ?? []), () => {});
  }

  /** The rows that were read ahead for `query`; undefined if there are none. */
  async function take(
    query: OldestQuery,
    signal: AbortSignal,
  ): Promise<RowsRead | undefined> {
    const taken = ahead;
    ahead = undefined;
    if (taken === undefined) return undefined;
    if (!isSameQuery(taken.query, query)) {
      drop(taken.result);
      return undefined;
    }
    const result = await orDiscard(taken.result, signal);
    if (result === undefined || result.rows.length === 0) return undefined;
    if (result.rows.length <= query.countMax) return result;
    discard(result.rows);
    return undefined;
  }

  return async (query, signal) => {
    signal.throwIfAborted();
    const taken = await take(query, signal);
    signal.throwIfAborted();
    const found = taken ?? await orDiscard(read(query), signal);
    const next = nextQuery(query, found);
    if (next !== undefined) {
      // A failed read is repeated by the query that would have used it.
      ahead = { query: next, result: read(next).catch(() => undefined) };
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
    ahead.bytesMax <= query.bytesMax && ahead.hold === query.hold;
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
