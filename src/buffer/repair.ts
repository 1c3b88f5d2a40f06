/**
 * Changes a buffer that no agent has open: deletes old rows, and copies the contents of
 * a damaged file.
 *
 * @module
 */

import { addGaps, addLost, pending } from "./gaps.ts";
import { createLossAccount } from "./loss_account.ts";
import { createHoleTracker } from "./hole_tracker.ts";
import type { Place } from "./missing_seqs.ts";
import { setMeta } from "./queue_commit.ts";
import { EMPTY_BATCH, openQueue, type QueueParts } from "./queue.ts";
import { checkRow } from "./row_check.ts";
import { createPlaces, type KnownNumbers } from "./row_identity.ts";
import { type Db, isDamage, singleNumber, type SqlRow } from "./store/database.ts";
import { loadGaps, NO_GAPS, saveGaps } from "./store/gap_table.ts";
import { readIndexedIds } from "./store/indexed_ids.ts";
import { copyRow, openRowTable } from "./store/row_table.ts";
import { loadSchemas, saveSchema } from "./store/schema_table.ts";
import { loadStreams, saveStreams } from "./store/stream_table.ts";
import { scanRows } from "./store/table_scan.ts";
import { lastId } from "./transaction.ts";
import { withVanished } from "./store/vanished_rows.ts";

/** Effectively no limit: an agent that starts later applies its own. */
const BYTES_UNBOUND = 2 ** 50;

/** Rows copied in one transaction. */
const ROWS_PER_COPY = 256;

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
  /** Gaps that the agent announces at its next start. */
  readonly gaps: number;
}

/**
 * Appends every whole row of `from` to `to`; sequence numbers and payload bytes are
 * unchanged. The gaps of `from`, and the numbers of the rows that cannot be copied,
 * become pending gaps of `to`.
 *
 * @throws {DbFailure} if `to` cannot be written, or `from` is not a buffer.
 */
export function repair(from: Db, to: Db, parts: QueueParts): RepairResult {
  const source = openSource(from, parts);
  to.setFull(true);
  to.transaction(() => copyTables(source, to, parts));
  const copied = copyRows(from, to, source, parts);
  const gaps = to.transaction(() => {
    const before = loadGaps(to, parts.crc32).state;
    const added = source.known.gaps.gaps.map((gap) => {
      const { announcedBy } = gap;
      const by = announcedBy === null ? null : copied.idsOf.get(announcedBy) ?? null;
      return { ...gap, announcedBy: by };
    });
    const lost = copied.lost.map((place) => ({ ...place, reason: "corrupt" as const }));
    const after = addLost(addGaps(before, added), lost);
    saveGaps(to, before, after, parts.crc32);
    return pending(after).length;
  });
  const { rows, corrupt, unreadableIds } = copied;
  return { rows, corrupt, unreadableIds, gaps };
}

/** What the damaged file contains besides rows, as far as it can be read. */
interface Source {
  readonly known: KnownNumbers;
  readonly schemas: ReadonlyMap<string, string>;
  readonly epoch: number;
}

function openSource(db: Db, { crc32 }: QueueParts): Source {
  return {
    known: {
      streams: ifReadable(() => loadStreams(db, crc32), new Map()),
      gaps: ifReadable(() => loadGaps(db, crc32).state, NO_GAPS),
    },
    // The agent adds its schemas again when it uses them.
    schemas: ifReadable(() => loadSchemas(db, crc32).texts, new Map()),
    epoch: ifReadable(() => readEpoch(db), 0),
  };
}

function ifReadable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return otherwise;
  }
}

function readEpoch(db: Db): number {
  const sql = "SELECT value FROM meta WHERE name = 'epoch'";
  return singleNumber(db.statement(sql).rows(), 0);
}

/** Schemas, and the numbers that were used: neither may be used again. */
function copyTables(source: Source, to: Db, { crc32 }: QueueParts): void {
  for (const [fingerprint, text] of source.schemas) {
    saveSchema(to, fingerprint, text, crc32);
  }
  const own = loadStreams(to, crc32);
  const newer = [...source.known.streams].filter(([stream, { epoch }]) =>
    epoch > (own.get(stream)?.epoch ?? -1)
  );
  saveStreams(to, new Map(newer), crc32);
  if (source.epoch > readEpoch(to)) setMeta(to, "epoch", source.epoch);
}

interface CopiedRows extends Omit<RepairResult, "gaps"> {
  /** New ids of the rows that announce gaps, by their ids in the source. */
  readonly idsOf: ReadonlyMap<number, number>;
  /** The numbers of the rows that were not copied. */
  readonly lost: readonly Place[];
}

function copyRows(
  from: Db,
  to: Db,
  { known, schemas }: Source,
  { crc32, readHead }: QueueParts,
): CopiedRows {
  const places = createPlaces(readHead, crc32);
  for (const schema of schemas) places.addSchema(...schema);
  const holes = createHoleTracker(known.streams);
  const copier = createCopier(to, known);
  const lost: Place[] = [];
  let corrupt = 0;
  let unreadableIds = 0;
  const file = {
    indexed: readIndexedIds(from),
    isWhole: (columns: SqlRow) => checkRow(columns, crc32).kind === "whole",
    read: rowReader(from),
  };
  for (const item of withVanished(scanRows(from), file)) {
    if (item.kind === "unreadable") {
      unreadableIds += item.ids;
      holes.addUnreadable(undefined, item.ids);
      continue;
    }
    // The id is not part of the row: the copy gets another one.
    const [id, ...rest] = item.columns;
    const columns = [id ?? 0, ...rest];
    const checked = checkRow(columns, crc32);
    const place = places.find(checked, known);
    if (checked.kind === "whole") {
      copier.add(columns);
      const { previous } = readHead(checked.row.payload) ?? {};
      if (place !== undefined) holes.addRow({ ...place, previous });
      continue;
    }
    corrupt++;
    if (place !== undefined) lost.push(place);
    else holes.addUnreadable(places.claim(checked, known), 1);
  }
  copier.flush();
  const account = createLossAccount(known.gaps, lost);
  const missing = holes.end().filter((place) => !account.has(place));
  lost.push(...account.toAnnounce(missing, corrupt - lost.length + unreadableIds));
  return { rows: copier.rows, corrupt, unreadableIds, idsOf: copier.idsOf, lost };
}

function rowReader(db: Db): (id: number) => SqlRow | undefined {
  const table = openRowTable(db);
  return (id) => ifReadable(() => table.select("WHERE id = ?", id)[0], undefined);
}

/** Copies rows in transactions of {@linkcode ROWS_PER_COPY}. */
function createCopier(to: Db, { gaps }: KnownNumbers) {
  const announcing = new Set(gaps.gaps.map(({ announcedBy }) => announcedBy));
  const idsOf = new Map<number, number>();
  let waiting: SqlRow[] = [];
  let rows = 0;

  function flush(): void {
    to.transaction(() => {
      for (const columns of waiting) {
        copyRow(to, columns);
        const [id] = columns;
        if (typeof id === "number" && announcing.has(id)) idsOf.set(id, lastId(to));
      }
    });
    rows += waiting.length;
    waiting = [];
  }

  return {
    idsOf,
    get rows() {
      return rows;
    },
    add(columns: SqlRow): void {
      if (waiting.push(columns) >= ROWS_PER_COPY) flush();
    },
    flush,
  };
}
