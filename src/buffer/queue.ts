/**
 * The queue itself: what is in the file, and how a batch of changes becomes
 * one transaction. It knows neither time nor threads; its state changes only
 * once a transaction has succeeded.
 *
 * @module
 */

import type { GapReason, LastSeq, NewRow } from "./buffer.ts";
import { type Db, num, single, text } from "./store/database.ts";
import { loadGaps, saveGaps } from "./store/gap_table.ts";
import { announce, enter, forget, type GapBook, type LostSeq, reopen } from "./gaps.ts";
import {
  type Excess,
  pagesToRelease,
  shareBytes,
  type StorageLimits,
} from "./retention.ts";
import { type GivenUp, giveUpBytes, giveUpOldest, makeRoom } from "./eviction.ts";
import {
  bury,
  countPages,
  deleteRows,
  type Identify,
  insertRows,
  lastId,
  lostBy,
  usedBytes,
} from "./transaction.ts";

/** Rows that are given up in one step of a trim. */
const TRIM_ROWS = 2_000;

/** Changes that one commit makes. */
export interface Batch {
  readonly rows: readonly NewRow[];
  /** Delivered: to be deleted. */
  readonly settled: readonly number[];
  /** How often each was refused since the last commit. */
  readonly refused: ReadonlyMap<number, number>;
  /** To be set aside, with the reason. */
  readonly buried: ReadonlyMap<number, string>;
  /** Their crc does not hold: set aside too. */
  readonly corrupt: readonly number[];
  /** Fingerprint to text. */
  readonly schemas: ReadonlyMap<string, string>;
}

/** A batch that changes nothing. */
export const EMPTY_BATCH: Batch = {
  rows: [],
  settled: [],
  refused: new Map(),
  buried: new Map(),
  corrupt: [],
  schemas: new Map(),
};

/** What a commit did, in rows. */
export interface CommitCounts {
  /** New rows, those included that were given up at once. */
  readonly stored: number;
  readonly delivered: number;
  readonly givenUp: number;
  readonly deadLetters: number;
}

/** The bounds of the queue. */
export interface QueueLimits {
  readonly maxBytes: number;
  readonly maxRows: number;
  readonly maxAgeMs: number | null;
}

/** What the queue needs besides the database. */
export interface QueueNeeds {
  crc32(bytes: Uint8Array): number;
  /** The head of a payload, if it can be read. */
  readHead(
    payload: Uint8Array,
  ):
    | { gateway: string; deviceId: string; epoch: number; seq: number }
    | undefined;
}

/** The queue, as of its last commit. */
export interface Queue {
  readonly limits: StorageLimits;
  readonly rows: number;
  /** Pages in use, in bytes: what counts against `max_bytes`. */
  readonly bytes: number;
  readonly oldestAtMs: number | null;
  /** The last id that was given. */
  readonly lastId: number;
  readonly gaps: GapBook;
  readonly streams: ReadonlyMap<string, LastSeq>;
  /** Takes this start's epoch: more than any before, and than the wall clock's seconds. */
  begin(wallMs: number, epochBefore: number): number;
  /** Makes all changes in one transaction, with FULL or NORMAL; a throw = none was made. */
  commit(batch: Batch, wallMs: number, full: boolean): CommitCounts;
  /** Sets the bounds from now on. */
  adjust(bounds: QueueLimits): void;
  /** Gives up rows beyond bounds that were lowered, in steps. */
  trim(): CommitCounts;
  /** Copies the log back into the file, so that the log's space can be used again. */
  checkpoint(): void;
  /** Gives some free pages back to the file system; true if there were any. */
  release(): boolean;
  /** The text of a schema. */
  schema(fingerprint: string): string | undefined;
}

/** Opens the queue in a file of this version. */
export function openQueue(db: Db, firstBounds: QueueLimits, needs: QueueNeeds): Queue {
  let bounds = firstBounds;
  let limits = keepLimits(bounds);
  const streams = new Map<string, LastSeq>();
  for (const row of db.statement("SELECT stream, epoch, seq FROM streams").rows()) {
    streams.set(text(row[0]), { epoch: num(row[1]), seq: num(row[2]) });
  }
  const typeNames = new Map<string, string>();
  for (const row of db.statement("SELECT fingerprint, text FROM schemas").rows()) {
    noteType(text(row[0]), text(row[1]));
  }
  let rows = single(db.statement("SELECT count(*) FROM telemetry_queue").rows(), 0);
  let last = lastId(db);
  let gaps = loadGaps(db);
  let bytes = usedBytes(db);
  let oldestAtMs = findOldest();

  function keepLimits({ maxBytes }: QueueLimits): StorageLimits {
    const share = shareBytes(maxBytes);
    db.exec(`PRAGMA wal_autocheckpoint=${share.checkpointPages}`);
    db.exec(`PRAGMA journal_size_limit=${share.walBytesMax}`);
    return share;
  }

  function noteType(fingerprint: string, schema: string): void {
    typeNames.set(fingerprint, nameOf(schema));
  }

  function findOldest(): number | null {
    const sql = "SELECT min(created_at) FROM telemetry_queue";
    const at = db.statement(sql).rows()[0]?.[0];
    return typeof at === "number" ? at : null;
  }

  const identify: Identify = (payload) => {
    const head = needs.readHead(payload);
    const type = typeNames.get(hex(payload.subarray(2, 10)));
    if (head === undefined || type === undefined) return undefined;
    const stream = `${head.gateway}/${head.deviceId}/${type}`;
    return { stream, epoch: head.epoch, seq: head.seq };
  };

  /** A damaged row's head is believed only if it names a number that was given. */
  function believable(lost: LostSeq | undefined, key: unknown): lost is LostSeq {
    if (lost === undefined || lost.stream.split("/").at(-2) !== key) return false;
    const at = streams.get(lost.stream);
    if (at === undefined || lost.seq < 1) return false;
    return lost.epoch < at.epoch || (lost.epoch === at.epoch && lost.seq <= at.seq);
  }

  function commit(batch: Batch, wallMs: number, full: boolean): CommitCounts {
    const sinceMs = bounds.maxAgeMs === null ? null : wallMs - bounds.maxAgeMs;
    return change(full, () => {
      let book = gaps;
      if (batch === EMPTY_BATCH) setMeta("synced_at", wallMs);
      for (const [fingerprint, schema] of batch.schemas) {
        db.statement("INSERT OR IGNORE INTO schemas(fingerprint, text) VALUES(?, ?)")
          .run(fingerprint, schema);
        noteType(fingerprint, schema);
      }
      const delivered = deleteRows(db, batch.settled);
      if (delivered > 0) book = forget(book, new Set(batch.settled));
      for (const [id, times] of batch.refused) {
        db.statement(
          "UPDATE telemetry_queue SET retry_count = retry_count + ? WHERE id = ?",
        ).run(times, id);
      }
      const dead = buryAll(batch, wallMs);
      const rowsNow = rows - delivered - dead.ids.length;
      const room = {
        fileBytesMax: limits.fileBytesMax,
        rowsMax: bounds.maxRows,
        sinceMs,
      };
      const given = makeRoom(db, room, batch.rows, rowsNow, identify);
      const { kept } = given;
      const lastNew = kept.length > 0 ? insertRows(db, kept, needs.crc32) : last;
      saveStreams(batch.rows);
      // What the estimate missed, if it did.
      const more = giveUpBytes(db, limits.fileBytesMax, identify);
      const gone = new Set([...dead.ids, ...given.ids, ...more.ids]);
      kept.forEach((row, at) => {
        const id = lastNew - kept.length + 1 + at;
        if (row.announcesGap !== undefined) book = announce(book, row.announcesGap, id);
      });
      book = enter(reopen(book, gone), [...dead.lost, ...given.lost, ...more.lost]);
      const counts: CommitCounts = {
        stored: batch.rows.length,
        delivered,
        givenUp: batch.rows.length - kept.length + given.ids.length + more.ids.length,
        deadLetters: dead.ids.length,
      };
      return { book, lastNew, counts, streams: lastSeqs(batch.rows) };
    });
  }

  /** Runs `work` in one transaction; what it says holds only once it is committed. */
  function change(full: boolean, work: () => Change): CommitCounts {
    db.setFull(full);
    const done = db.transaction(() => {
      const result = work();
      saveGaps(db, gaps, result.book);
      return { ...result, used: usedBytes(db) };
    });
    const { stored, delivered, givenUp, deadLetters } = done.counts;
    gaps = done.book;
    last = done.lastNew;
    bytes = done.used;
    rows += stored - delivered - givenUp - deadLetters;
    for (const [stream, seq] of done.streams) streams.set(stream, seq);
    oldestAtMs = findOldest();
    return done.counts;
  }

  function buryAll(batch: Batch, wallMs: number): GivenUp {
    const ids: number[] = [];
    const lost: LostSeq[] = [];
    const setAside = (id: number, reason: GapReason, detail: string): void => {
      const row = bury(db, id, detail, wallMs, limits.fileBytesMax / 10);
      if (row === undefined) return;
      ids.push(id);
      const seq = lostBy(row, reason, identify);
      if (seq === undefined) return;
      if (reason !== "corrupt" || believable(seq, row[2])) lost.push(seq);
    };
    for (const [id, reason] of batch.buried) setAside(id, "refused", reason);
    for (const id of batch.corrupt) setAside(id, "corrupt", "corrupt");
    return { ids, lost };
  }

  function saveStreams(added: readonly NewRow[]): void {
    const put = db.statement(
      "INSERT INTO streams(stream, epoch, seq) VALUES(?,?,?) " +
        "ON CONFLICT(stream) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq",
    );
    for (const [stream, { epoch, seq }] of lastSeqs(added)) put.run(stream, epoch, seq);
  }

  function setMeta(name: string, value: number): void {
    db.statement("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)")
      .run(name, value);
  }

  return {
    get limits() {
      return limits;
    },
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    get oldestAtMs() {
      return oldestAtMs;
    },
    get lastId() {
      return last;
    },
    get gaps() {
      return gaps;
    },
    streams,
    commit,
    begin(wallMs, epochBefore) {
      const sql = "SELECT value FROM meta WHERE name = 'epoch'";
      const stored = Math.max(single(db.statement(sql).rows(), 0), epochBefore);
      const epoch = Math.max(stored + 1, Math.floor(wallMs / 1000));
      db.setFull(true);
      db.transaction(() => setMeta("epoch", epoch));
      return epoch;
    },
    adjust(next) {
      bounds = next;
      limits = keepLimits(bounds);
    },
    trim() {
      const excess = (gone: number): Excess => ({
        rows: rows - gone - bounds.maxRows,
        bytes: usedBytes(db) - limits.fileBytesMax,
      });
      return change(false, () => {
        const reason = rows > bounds.maxRows ? "max_rows" : "max_bytes";
        const given = giveUpOldest(db, excess, TRIM_ROWS, reason, identify);
        return {
          book: enter(reopen(gaps, new Set(given.ids)), given.lost),
          lastNew: last,
          counts: {
            stored: 0,
            delivered: 0,
            givenUp: given.ids.length,
            deadLetters: 0,
          },
          streams: new Map(),
        };
      });
    },
    checkpoint: () => void db.statement("PRAGMA wal_checkpoint(PASSIVE)").rows(),
    release() {
      const count = pagesToRelease(countPages(db), limits.fileBytesMax);
      if (count > 0) db.exec(`PRAGMA incremental_vacuum(${count})`);
      return count > 0;
    },
    schema(fingerprint) {
      const sql = "SELECT text FROM schemas WHERE fingerprint = ?";
      const found = db.statement(sql).rows(fingerprint)[0]?.[0];
      return typeof found === "string" ? found : undefined;
    },
  };
}

/** What a transaction will have done. */
interface Change {
  readonly book: GapBook;
  readonly lastNew: number;
  readonly counts: CommitCounts;
  readonly streams: ReadonlyMap<string, LastSeq>;
}

function lastSeqs(rows: readonly NewRow[]): Map<string, LastSeq> {
  return new Map(rows.map(({ stream, epoch, seq }) => [stream, { epoch, seq }]));
}

/** The record's name in a schema's text. */
function nameOf(schema: string): string {
  try {
    const parsed: unknown = JSON.parse(schema);
    if (typeof parsed === "object" && parsed !== null && "name" in parsed) {
      return String(parsed.name).split(".").at(-1) ?? "unknown";
    }
  } catch {
    // Not JSON: whoever wrote it knows; the rows are counted all the same.
  }
  return "unknown";
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
