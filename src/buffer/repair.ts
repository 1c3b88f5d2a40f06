/**
 * Changes a buffer that no agent has open: deletes old rows, and copies the
 * readable rows of a damaged file.
 *
 * @module
 */

import { type Db, isDamage, singleNumber, type SqlRow } from "./store/database.ts";
import { EMPTY_BATCH, openQueue, type QueueParts } from "./queue.ts";
import { checkRow } from "./row_check.ts";
import type { Crc32 } from "./row_checksum.ts";
import { copyRow, openRowTable } from "./store/row_table.ts";
import { loadSchemas, saveSchema } from "./store/schema_table.ts";

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
  /** Damaged rows. */
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
  crc32: Crc32,
): RepairResult {
  const table = openRowTable(from);
  let rows = 0;
  let corrupt = 0;
  let unreadableIds = 0;
  to.setFull(true);
  to.transaction(() => copySchemas(from, to, crc32));

  /** The readable rows with ids in (afterId, lastId], in order. */
  function collect(afterId: number, lastId: number): readonly SqlRow[] {
    const ids = lastId - afterId;
    const found = readRange(afterId, lastId);
    // A damaged id ends a range scan early, without an error.
    const isComplete = found !== undefined && found.length >= ids;
    if (!isComplete && ids > 1) {
      const middle = Math.floor((afterId + lastId) / 2);
      return [...collect(afterId, middle), ...collect(middle, lastId)];
    }
    if (found === undefined) unreadableIds++;
    return found ?? [];
  }

  /** undefined = this part of the file is damaged. */
  function readRange(afterId: number, lastId: number): readonly SqlRow[] | undefined {
    try {
      return table.select("WHERE id > ? AND id <= ? ORDER BY id", afterId, lastId);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return undefined;
    }
  }

  const [first, last] = idsOf(from);
  for (let at = first - 1; at < last; at += IDS_PER_READ) {
    const found = collect(at, Math.min(at + IDS_PER_READ, last));
    const whole = found.filter((row) => checkRow(row, crc32).kind === "whole");
    corrupt += found.length - whole.length;
    if (whole.length === 0) continue;
    to.transaction(() => whole.forEach((row) => copyRow(to, row)));
    rows += whole.length;
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
function copySchemas(from: Db, to: Db, crc32: Crc32): void {
  try {
    for (const [fingerprint, text] of loadSchemas(from, crc32).texts) {
      saveSchema(to, fingerprint, text, crc32);
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}
