/**
 * Changes a buffer that no agent uses: gives up what is old, takes in what
 * could be saved of a damaged file.
 *
 * @module
 */

import type { StoredRow } from "./buffer.ts";
import { type Db, DbFailure, single } from "./db.ts";
import { EMPTY_BATCH, openQueue, type QueueNeeds } from "./queue.ts";
import { createReader } from "./reading.ts";
import { insertRows } from "./transaction.ts";

/** No bound: an agent that starts later keeps its own. */
const BYTES_UNBOUND = 2 ** 50;

/** Ids that are read at once from a damaged file; halved where that fails. */
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

  function copy(afterId: number, lastId: number): void {
    let found: readonly StoredRow[];
    try {
      const query = { afterId, countMax: IDS_PER_READ, bytesMax: Infinity };
      const page = reader.read(query, none, lastId);
      found = page.rows;
      corrupt += page.corrupt.length;
    } catch (error) {
      if (!(error instanceof DbFailure) || error.trouble !== "corrupt") throw error;
      if (lastId - afterId <= 1) {
        unreadableIds++;
        return;
      }
      const middle = Math.floor((afterId + lastId) / 2);
      copy(afterId, middle);
      copy(middle, lastId);
      return;
    }
    if (found.length === 0) return;
    to.transaction(() =>
      insertRows(
        to,
        found.map((row) => ({ ...row, stream: "", epoch: 0, seq: 0 })),
        crc32,
      )
    );
    rows += found.length;
  }

  const [first, last] = idsOf(from);
  for (let at = first - 1; at < last; at += IDS_PER_READ) {
    copy(at, Math.min(at + IDS_PER_READ, last));
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
