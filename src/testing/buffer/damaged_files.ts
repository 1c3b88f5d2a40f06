/**
 * Fills a buffer's file, damages it, and compares what is delivered and announced with
 * what was stored.
 *
 * @module
 */

import { type Db, DbFailure } from "../../buffer/store/database.ts";
import type { NewRow } from "../../buffer/buffer.ts";
import type { LostRange } from "../../buffer/gaps.ts";
import { EMPTY_BATCH } from "../../buffer/queue.ts";
import { repair } from "../../buffer/repair.ts";
import { crc32, openDb } from "../../buffer/store/sqlite.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import { openQueueFile, type QueueFile } from "./queue_file.ts";
import { FINGERPRINT, rowOf, SCHEMA, streamOf } from "./rows.ts";

/** What a file contained before it was damaged. */
export interface Stored {
  readonly rows: readonly NewRow[];
  readonly gaps: readonly Omit<LostRange, "reason">[];
}

/** What left a damaged file. */
export interface Outcome {
  /** Stored numbers that were neither delivered nor announced. */
  readonly vanished: readonly string[];
  /** Delivered rows that differ from the stored ones. */
  readonly wrong: readonly string[];
  /** Numbers that were announced although their rows were delivered. */
  readonly announcedTwice: number;
  readonly quarantined: boolean;
}

const DEVICES = ["inv-01", "inv-02", "meter"];

/** Fills a new file with `count` rows of three streams; some rows announce gaps. */
export function fillFile(path: string, count: number): Stored {
  const file = openQueueFile(path);
  const seqs = new Map<string, number>();
  const next = (device: string): number => {
    const seq = (seqs.get(device) ?? 0) + 1;
    seqs.set(device, seq);
    return seq;
  };
  const rows = Array.from({ length: count }, (_, at) => {
    const device = DEVICES[at % 3] ?? "";
    const topic = device === "meter" ? "meters" : "inverters";
    return rowOf(device, file.epoch, next(device), 20 + at % 90, { topic });
  });
  const dropped = Array.from({ length: 4 }, () => rowOf("lost", 9, next("lost"), 20));
  const schemas = new Map([[FINGERPRINT, SCHEMA]]);
  file.queue.commit({ ...EMPTY_BATCH, rows: dropped, schemas }, 0, false);
  const refused = new Map([[2, "refused"], [4, "refused"]]);
  file.queue.commit(
    { ...EMPTY_BATCH, deadLetters: refused, acknowledged: [1, 3] },
    0,
    false,
  );
  const [announcesGap] = file.queue.gaps.gaps;
  const announcing = rowOf("events", file.epoch, next("events"), 20, {
    topic: "events",
    ...(announcesGap === undefined ? {} : { announcesGap }),
  });
  const all = [...rows.slice(0, count / 2), announcing, ...rows.slice(count / 2)];
  file.queue.commit({ ...EMPTY_BATCH, rows: all }, 0, true);
  file.queue.checkpoint();
  file.close();
  const gaps = [2, 4].map((seq) => ({
    ...{ stream: streamOf("lost"), epoch: 9, firstSeq: seq, lastSeq: seq },
  }));
  return { rows: all, gaps };
}

/**
 * Opens a damaged file as the agent does and delivers everything; a file that was
 * quarantined is repaired into the new one first.
 */
export function deliverAll(path: string, stored: Stored): Outcome {
  let file = openQueueFile(path);
  const { quarantinePath } = file;
  try {
    if (quarantinePath !== undefined) {
      const from = openDb(quarantinePath, { readOnly: true });
      repair(from, file.db, { crc32, readHead: readRecordHead });
      from.close();
      file.close();
      file = openQueueFile(path);
    }
    return compare(file, stored, quarantinePath !== undefined);
  } finally {
    file.close();
  }
}

/** Delivers the rows of an open file and compares them with what was stored. */
export function compare(
  file: QueueFile,
  stored: Stored,
  quarantined: boolean,
): Outcome {
  const byPayload = new Map(stored.rows.map((row) => [row.payload.toHex(), row]));
  const delivered = new Set<string>();
  const announced = new Set<string>();
  const noteGaps = (): void => {
    for (const { stream, epoch, firstSeq, lastSeq } of file.queue.gaps.gaps) {
      for (let seq = firstSeq; seq <= Math.min(lastSeq, firstSeq + 20_000); seq++) {
        announced.add(numberOf({ stream, epoch, seq }));
      }
    }
  };
  const wrong: string[] = [];
  for (;;) {
    // As two topic queues of the pump read: one topic, and all others.
    const queries = [{ topic: "meters" }, { exceptTopics: ["meters"] }];
    const pages = queries.map((which) =>
      file.reader.read(
        { afterId: 0, countMax: 10_000, bytesMax: Infinity, ...which },
        new Set(),
        file.queue.lastId,
      )
    );
    const rows = pages.flatMap((page) => page.rows);
    const corrupt = [...new Set(pages.flatMap((page) => page.corrupt))];
    if (rows.length === 0 && corrupt.length === 0) break;
    for (const row of rows) {
      const original = byPayload.get(row.payload.toHex());
      const isSame = original !== undefined && original.topic === row.topic &&
        original.key === row.key && original.createdAtMs === row.createdAtMs;
      if (isSame) delivered.add(numberOf(original));
      else wrong.push(`row ${row.id} of ${row.key} to ${row.topic}`);
    }
    const acknowledged = rows.map(({ id }) => id);
    // Gaps whose announcing row is delivered are removed: note them first.
    noteGaps();
    file.queue.commit({ ...EMPTY_BATCH, acknowledged, corrupt }, 0, false);
  }
  noteGaps();
  const expected = [
    ...stored.rows.map(numberOf),
    ...stored.gaps.flatMap(({ stream, epoch, firstSeq, lastSeq }) =>
      [firstSeq, lastSeq].map((seq) => numberOf({ stream, epoch, seq }))
    ),
  ];
  return {
    vanished: expected.filter((one) => !delivered.has(one) && !announced.has(one)),
    wrong,
    announcedTwice: [...announced].filter((one) => delivered.has(one)).length,
    quarantined,
  };
}

function numberOf(
  { stream, epoch, seq }: Pick<NewRow, "stream" | "epoch" | "seq">,
): string {
  return `${stream} ${epoch} ${seq}`;
}

/** One bit of one cell. */
export interface CellBit {
  readonly table: string;
  readonly column: string;
  /** Counted from 0 in the order of the primary key, and around the end of the table. */
  readonly row: number;
  /** Counted around the end of the cell. */
  readonly bit: number;
}

/** Flips a bit by SQL; false if the cell is NULL or its new value is not allowed. */
export function flipCell(db: Db, { table, column, row, bit }: CellBit): boolean {
  const key = { schemas: "fingerprint", streams: "stream" }[table] ?? "id";
  const keys = db.statement(`SELECT ${key} FROM ${table} ORDER BY ${key}`).rows();
  const [id = null] = keys[row % Math.max(keys.length, 1)] ?? [];
  const [type, bytes] = db.statement(
    `SELECT typeof(${column}), CAST(${column} AS BLOB) FROM ${table} WHERE ${key} = ?`,
  ).rows(id)[0] ?? [];
  if (!(bytes instanceof Uint8Array)) return false;
  try {
    if (type === "integer") {
      const mask = `(1 << ${bit % 63})`;
      db.statement(
        `UPDATE ${table} SET ${column} = (${column} | ${mask}) - (${column} & ${mask}) WHERE ${key} = ?`,
      ).run(id);
      return true;
    }
    const at = bit % (bytes.length * 8);
    const changed = bytes.slice();
    changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
    const value = type === "text" ? "CAST(? AS TEXT)" : "?";
    db.statement(`UPDATE ${table} SET ${column} = ${value} WHERE ${key} = ?`)
      .run(changed, id);
    return true;
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return false; // not unique
  }
}

const PAGE_BYTES = 4096;
const TABLE_LEAF = 0x0d;
const INDEX_LEAF = 0x0a;

/**
 * A copy of a database with one damaged byte inside the record of a cell, header
 * included (https://sqlite.org/fileformat2.html, section 1.6). Keys and pointers of the
 * tree, and the tables of SQLite itself, stay whole.
 *
 * @param place counted around the end of these bytes
 * @param mask bits to flip
 */
export function flipStoredByte(
  bytes: Uint8Array,
  place: number,
  mask: number,
): Uint8Array {
  const spans = recordSpans(bytes);
  const total = spans.reduce((sum, [from, to]) => sum + to - from, 0);
  let left = place % total;
  const damaged = bytes.slice();
  for (const [from, to] of spans) {
    if (left < to - from) {
      damaged[from + left] = (damaged[from + left] ?? 0) ^ mask;
      return damaged;
    }
    left -= to - from;
  }
  throw new Error("the file has no cells");
}

/** A page of rows, and where the id of each row begins in the file. */
export interface LeafPage {
  /** Offset of the page. */
  readonly at: number;
  readonly ids: readonly number[];
}

/** The leaf pages of `telemetry_queue`. */
export function rowPages(bytes: Uint8Array): readonly LeafPage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const own = pagesOf(bytes, ["sqlite_sequence", "gaps", "gap_copies", "dead_letters"]);
  const pages: LeafPage[] = [];
  for (let page = 2; page <= bytes.length / PAGE_BYTES; page++) {
    const start = (page - 1) * PAGE_BYTES;
    if (own.has(page) || bytes[start] !== TABLE_LEAF) continue;
    const ids = Array.from({ length: view.getUint16(start + 3) }, (_, cell) => {
      const at = start + view.getUint16(start + 8 + 2 * cell);
      return at + readVarint(bytes, at).length;
    });
    pages.push({ at: start, ids });
  }
  return pages;
}

/** Offsets of the leaf pages of indexes. */
export function indexPages(bytes: Uint8Array): readonly number[] {
  return Array.from(
    { length: bytes.length / PAGE_BYTES },
    (_, page) => page * PAGE_BYTES,
  )
    .filter((at) => bytes[at] === INDEX_LEAF);
}

function recordSpans(bytes: Uint8Array): [from: number, to: number][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const own = pagesOf(bytes, ["sqlite_sequence", "meta"]);
  const spans: [number, number][] = [];
  for (let page = 2; page <= bytes.length / PAGE_BYTES; page++) {
    const start = (page - 1) * PAGE_BYTES;
    const type = bytes[start];
    if (own.has(page) || (type !== TABLE_LEAF && type !== INDEX_LEAF)) continue;
    for (let cell = 0; cell < view.getUint16(start + 3); cell++) {
      let at = start + view.getUint16(start + 8 + 2 * cell);
      const size = readVarint(bytes, at);
      at += size.length;
      if (type === TABLE_LEAF) at += readVarint(bytes, at).length;
      const to = Math.min(at + size.value, start + PAGE_BYTES);
      spans.push([at, to]);
    }
  }
  return spans;
}

/** Root pages of tables. */
function pagesOf(bytes: Uint8Array, tables: readonly string[]): ReadonlySet<number> {
  const path = Deno.makeTempFileSync();
  Deno.writeFileSync(path, bytes);
  const db = openDb(path);
  const rows = db.statement("SELECT rootpage, name FROM sqlite_master").rows();
  db.close();
  Deno.removeSync(path);
  return new Set(
    rows.filter(([, name]) => tables.includes(String(name))).map(([page]) =>
      Number(page)
    ),
  );
}

function readVarint(bytes: Uint8Array, at: number): { value: number; length: number } {
  let value = 0;
  for (let length = 1;; length++) {
    const byte = bytes[at + length - 1] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80 || length === 9) return { value, length };
  }
}
