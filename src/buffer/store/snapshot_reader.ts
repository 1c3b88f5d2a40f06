/**
 * Reads a buffer's file without changing it, while an agent may be writing to it.
 *
 * The connection is read-only, so it never runs a checkpoint, not even when it is
 * the last to close. Each page is read in its own short transaction, so that the
 * agent can reuse its log. The pages are therefore not one consistent snapshot:
 * rows may be deleted while the reader advances.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { StoredRow } from "../buffer.ts";
import { type Db, DbFailure, numberColumn, singleNumber } from "./database.ts";
import type { Crc32 } from "../row_checksum.ts";
import { createRowReader } from "../row_reader.ts";
import { loadGaps } from "./gap_table.ts";
import { classifyFile } from "./schema.ts";
import { loadSchemas, readSchema } from "./schema_table.ts";
import { countStrayRows } from "./stray_rows.ts";
import { lastId, usedBytes } from "../transaction.ts";

/** Limits of one page. */
const ROWS_PER_PAGE = 500;
const BYTES_PER_PAGE = 4 * 2 ** 20;

/** Ids per COUNT statement. */
const IDS_PER_COUNT = 5_000;

/** Rows read in one transaction. */
export interface SnapshotPage {
  readonly rows: readonly StoredRow[];
  /** Ids of damaged rows. */
  readonly corrupt: readonly number[];
}

/** Number and size of the rows of a topic. */
export interface TopicCount {
  readonly topic: string;
  readonly rows: number;
  readonly payloadBytes: number;
}

/** Lost sequence numbers of a stream. */
export interface StoredGap {
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: string;
  /** True if a row in the queue announces it. */
  readonly announced: boolean;
}

/** A read-only view of a buffer's file. Every method may throw a {@linkcode DbFailure}. */
export interface SnapshotReader {
  /** Bytes of the pages in use; together with the log they count against `max_bytes`. */
  readonly usedBytes: number;
  /** `created_at` of the oldest row; null if the queue is empty. */
  readonly oldestAtMs: number | null;
  /** Number of rows with `created_at` > `atMs`; counts up to one million. */
  countSince(atMs: number): number;
  /** All topics with rows, largest first. */
  topics(): readonly TopicCount[];
  /** All rows, oldest first. */
  pages(): Generator<SnapshotPage>;
  /** Number of dead letters. */
  readonly deadLetters: number;
  readonly gaps: readonly StoredGap[];
  /** What is damaged beside single rows, as text for people. */
  readonly faults: readonly string[];
  /** The text of a schema, by fingerprint. */
  schema(fingerprint: string): string | undefined;
  close(): void;
}

/** The functions of `sqlite.ts` that the reader uses. */
export interface SnapshotReaderParts {
  open(path: string, options: { readonly readOnly: true }): Db;
  readonly crc32: Crc32;
}

/** Limit of {@linkcode SnapshotReader.countSince}. */
const COUNT_MAX = 1_000_000;

/** Opens a buffer's file for reading; the fault is a message for people. */
export function openSnapshotReader(
  path: string,
  parts: SnapshotReaderParts,
): Result<SnapshotReader, string> {
  let db: Db | undefined;
  try {
    db = parts.open(path, { readOnly: true });
    const found = classifyFile(db);
    if (found.kind === "ours" && found.version > 0) {
      return good(createSnapshotReader(db, parts));
    }
    db.close();
    return bad(
      found.kind === "newer"
        ? `${path} has format version ${found.version}, written by a newer version of this program`
        : `${path} is not a buffer of this program`,
    );
  } catch (error) {
    db?.close();
    if (!(error instanceof DbFailure)) throw error;
    return bad(`Cannot open ${path}: ${error.message}`);
  }
}

function createSnapshotReader(db: Db, { crc32 }: SnapshotReaderParts): SnapshotReader {
  const reader = createRowReader(db, crc32);

  function* pages(): Generator<SnapshotPage> {
    const last = lastId(db);
    const none = new Set<number>();
    for (let afterId = 0;;) {
      const query = { afterId, countMax: ROWS_PER_PAGE, bytesMax: BYTES_PER_PAGE };
      const { rows, corrupt } = reader.read(query, none, last);
      const next = Math.max(rows.at(-1)?.id ?? 0, corrupt.at(-1) ?? 0);
      if (next === 0) return;
      yield { rows, corrupt };
      afterId = next;
    }
  }

  return {
    get usedBytes() {
      return usedBytes(db);
    },
    get oldestAtMs() {
      const sql = "SELECT CAST(min(created_at) AS REAL) FROM telemetry_queue";
      const at = db.statement(sql).rows()[0]?.[0];
      return typeof at === "number" ? at : null;
    },
    countSince: (atMs) =>
      singleNumber(
        db.statement(
          "SELECT count(*) FROM (SELECT 1 FROM telemetry_queue WHERE created_at > ? LIMIT ?)",
        ).rows(atMs, COUNT_MAX),
        0,
      ),
    topics: () => countTopics(db),
    pages,
    get deadLetters() {
      return singleNumber(db.statement("SELECT count(*) FROM dead_letters").rows(), 0);
    },
    get gaps() {
      return loadGaps(db, crc32).state.gaps.map((gap): StoredGap => ({
        ...gap,
        announced: gap.announcedBy !== null,
      }));
    },
    get faults() {
      return findFaults(db, crc32);
    },
    schema(fingerprint) {
      return readSchema(db, fingerprint, crc32);
    },
    close: () => db.close(),
  };
}

function findFaults(db: Db, crc32: Crc32): readonly string[] {
  const { damaged, lost } = loadGaps(db, crc32);
  const strays = countStrayRows(db);
  return [
    ...loadSchemas(db, crc32).damaged.map((fingerprint) =>
      `schema ${fingerprint}: the text does not match its fingerprint or checksum`
    ),
    ...(damaged > 0
      ? [
        `${damaged} gaps or their copies are damaged; the agent repairs them at its next start`,
      ]
      : []),
    ...(lost > 0
      ? [
        `${lost} gaps are damaged in both copies; the agent cannot announce them`,
      ]
      : []),
    ...(strays > 0
      ? [`${strays} rows have a damaged id; the agent moves them at its next start`]
      : []),
  ];
}

function countTopics(db: Db): readonly TopicCount[] {
  const found = new Map<string, TopicCount>();
  const last = lastId(db);
  const first = singleNumber(
    db.statement("SELECT min(id) FROM telemetry_queue").rows(),
    1,
  );
  const count = db.statement(
    "SELECT topic, count(*), total(length(payload)) FROM telemetry_queue " +
      "WHERE id >= ? AND id < ? GROUP BY topic",
  );
  for (let from = first; from <= last; from += IDS_PER_COUNT) {
    for (const row of count.rows(from, Math.min(from + IDS_PER_COUNT, last + 1))) {
      const topic = String(row[0] ?? ""); // A damaged topic can have any type.
      const known = found.get(topic) ?? { topic, rows: 0, payloadBytes: 0 };
      found.set(topic, {
        topic,
        rows: known.rows + numberColumn(row[1]),
        payloadBytes: known.payloadBytes + numberColumn(row[2]),
      });
    }
  }
  return [...found.values()].sort((a, b) => b.rows - a.rows);
}
