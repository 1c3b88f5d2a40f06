/**
 * Changes a buffer that no agent has open: deletes old rows, and copies the
 * readable rows of a damaged file.
 *
 * @module
 */

import type { StoredRow } from "./buffer.ts";
import { type Db, DbFailure, singleNumber } from "./store/database.ts";
import { EMPTY_BATCH, openQueue, type QueueParts } from "./queue.ts";
import { createRowReader, type RowPage } from "./row_reader.ts";
import { insertRows } from "./transaction.ts";

/** Effectively no limit: an agent that starts later applies its own. */
const BYTES_UNBOUND = 2 ** 50;

/** Ids per read of a damaged file; halved where a read fails or misses rows. */
const IDS_PER_READ = 256;

/**
 * Evicts rows sampled before `sinceMs` (ms since the Unix epoch), in short
 * transactions with FULL. The next start of the agent announces them as gaps.
 *
 * @returns the number of evicted rows.
 */
export function purge(db: Db, sinceMs: number, parts: QueueParts): number {
  const queue = openQueue(db, {
    maxBytes: BYTES_UNBOUND,
    maxRows: Number.MAX_SAFE_INTEGER,
    maxAgeMs: 0,
  }, parts);
  for (let total = 0;;) {
    const { evicted } = queue.commit({ ...EMPTY_BATCH }, sinceMs, true);
    if (evicted === 0) return total;
    total += evicted;
  }
}

/** What was copied from a damaged file. */
export interface RepairResult {
  readonly rows: number;
  /** Rows whose CRC does not match. */
  readonly corrupt: number;
  /** Ids that could not be read; at most as many rows are missing. */
  readonly unreadableIds: number;
}

/**
 * Appends every intact row of `from` to `to`, with its schemas; sequence numbers
 * and payload bytes are unchanged.
 *
 * @throws {DbFailure} if `to` cannot be written or the id range of `from` cannot be read.
 */
export function repair(
  from: Db,
  to: Db,
  crc32: (bytes: Uint8Array) => number,
): RepairResult {
  const reader = createRowReader(from, crc32);
  const none = new Set<number>();
  let rows = 0;
  let corrupt = 0;
  let unreadableIds = 0;
  to.setFull(true);
  to.transaction(() => copySchemas(from, to));

  /** The readable rows with ids in (afterId, lastId], in order. */
  function collect(afterId: number, lastId: number): readonly StoredRow[] {
    const ids = lastId - afterId;
    const page = readRange(afterId, lastId);
    // A damaged id ends a range scan early, without an error.
    const isComplete = page !== undefined &&
      page.rows.length + page.corrupt.length >= ids;
    if (!isComplete && ids > 1) {
      const middle = Math.floor((afterId + lastId) / 2);
      return [...collect(afterId, middle), ...collect(middle, lastId)];
    }
    if (page === undefined) unreadableIds++;
    corrupt += page?.corrupt.length ?? 0;
    return page?.rows ?? [];
  }

  /** undefined = this part of the file is damaged. */
  function readRange(afterId: number, lastId: number): RowPage | undefined {
    try {
      const query = { afterId, countMax: IDS_PER_READ, bytesMax: Infinity };
      return reader.read(query, none, lastId);
    } catch (error) {
      if (!(error instanceof DbFailure) || error.kind !== "corrupt") throw error;
      return undefined;
    }
  }

  const [first, last] = idsOf(from);
  for (let at = first - 1; at < last; at += IDS_PER_READ) {
    const found = collect(at, Math.min(at + IDS_PER_READ, last));
    if (found.length === 0) continue;
    to.transaction(() =>
      insertRows(
        to,
        found.map((row) => ({ ...row, stream: "", epoch: 0, seq: 0 })),
        crc32,
      )
    );
    rows += found.length;
  }
  return { rows, corrupt, unreadableIds };
}

function idsOf(db: Db): readonly [first: number, last: number] {
  const first = singleNumber(
    db.statement("SELECT min(id) FROM telemetry_queue").rows(),
    1,
  );
  const last = singleNumber(
    db.statement("SELECT max(id) FROM telemetry_queue").rows(),
    0,
  );
  return [first, last];
}

/**
 * Copies the readable schemas. The agent adds its current schemas again at its next
 * start, so only rows of older schema versions can lack theirs.
 */
function copySchemas(from: Db, to: Db): void {
  try {
    const put = to.statement(
      "INSERT OR IGNORE INTO schemas(fingerprint, text) VALUES(?, ?)",
    );
    for (const row of from.statement("SELECT fingerprint, text FROM schemas").rows()) {
      put.run(...row);
    }
  } catch (error) {
    if (!(error instanceof DbFailure) || error.kind !== "corrupt") throw error;
  }
}
