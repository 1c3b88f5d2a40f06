/**
 * Changes a buffer that no agent uses: gives up what is old, takes in what
 * could be saved of a damaged file.
 *
 * @module
 */

import type { StoredRow } from "./buffer.ts";
import { type Db, DbFailure, single } from "./store/database.ts";
import { EMPTY_BATCH, openQueue, type QueueNeeds } from "./queue.ts";
import { createReader, type Page } from "./row_reader.ts";
import { insertRows } from "./transaction.ts";

/** No bound: an agent that starts later keeps its own. */
const BYTES_UNBOUND = 2 ** 50;

/** Ids that are read at once from a damaged file; halved where that fails or lacks some. */
const IDS_PER_READ = 256;

/**
 * Gives up rows sampled before `sinceMs`, in short transactions, the last of
 * them with FULL; the next start announces them as gaps.
 *
 * @returns how many.
 */
export function purge(db: Db, sinceMs: number, needs: QueueNeeds): number {
  const queue = openQueue(db, {
    maxBytes: BYTES_UNBOUND,
    maxRows: Number.MAX_SAFE_INTEGER,
    maxAgeMs: 0,
  }, needs);
  for (let gone = 0;;) {
    const { givenUp } = queue.commit({ ...EMPTY_BATCH }, sinceMs, true);
    if (givenUp === 0) return gone;
    gone += givenUp;
  }
}

/** What was saved of a damaged file. */
export interface Salvaged {
  readonly rows: number;
  /** Rows that are there and whose checksum does not hold. */
  readonly corrupt: number;
  /** Ids that could not be read at all: as many rows at most. */
  readonly unreadableIds: number;
}

/**
 * Copies every whole row of `from`, and the schemas, behind the rows of `to`;
 * numbers and bytes stay as they are.
 *
 * @throws {DbFailure} if `to` cannot be written, or `from` has not even its ids.
 */
export function salvage(
  from: Db,
  to: Db,
  crc32: (bytes: Uint8Array) => number,
): Salvaged {
  const reader = createReader(from, crc32);
  const none = new Set<number>();
  let rows = 0;
  let corrupt = 0;
  let unreadableIds = 0;
  to.setFull(true);
  to.transaction(() => copySchemas(from, to));

  /** What can be read of the ids in (afterId, lastId], in their order. */
  function collect(afterId: number, lastId: number): readonly StoredRow[] {
    const ids = lastId - afterId;
    const page = readRange(afterId, lastId);
    // A row whose id is damaged ends a walk before its time, and nothing is thrown.
    const isWhole = page !== undefined && page.rows.length + page.corrupt.length >= ids;
    if (!isWhole && ids > 1) {
      const middle = Math.floor((afterId + lastId) / 2);
      return [...collect(afterId, middle), ...collect(middle, lastId)];
    }
    if (page === undefined) unreadableIds++;
    corrupt += page?.corrupt.length ?? 0;
    return page?.rows ?? [];
  }

  /** undefined = the file is damaged there. */
  function readRange(afterId: number, lastId: number): Page | undefined {
    try {
      const query = { afterId, countMax: IDS_PER_READ, bytesMax: Infinity };
      return reader.read(query, none, lastId);
    } catch (error) {
      if (!(error instanceof DbFailure) || error.trouble !== "corrupt") throw error;
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
  const first = single(db.statement("SELECT min(id) FROM telemetry_queue").rows(), 1);
  const last = single(db.statement("SELECT max(id) FROM telemetry_queue").rows(), 0);
  return [first, last];
}

/** A schema that cannot be read is missed only by rows of an older version. */
function copySchemas(from: Db, to: Db): void {
  try {
    const put = to.statement(
      "INSERT OR IGNORE INTO schemas(fingerprint, text) VALUES(?, ?)",
    );
    for (const row of from.statement("SELECT fingerprint, text FROM schemas").rows()) {
      put.run(...row);
    }
  } catch (error) {
    if (!(error instanceof DbFailure) || error.trouble !== "corrupt") throw error;
  }
}
