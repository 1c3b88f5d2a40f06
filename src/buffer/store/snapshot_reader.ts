/**
 * Looks into a buffer's file without changing it, beside an agent that writes
 * to it.
 *
 * The connection is read-only, so it never copies the log back into the file,
 * not even when it closes last; and each look is one short transaction of its
 * own, so that it does not keep the agent from reusing its log. What is seen is
 * therefore not one moment: rows leave while one looks.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { StoredRow } from "../buffer.ts";
import { type Db, DbFailure, num, single, text } from "./database.ts";
import { createReader } from "../row_reader.ts";
import { standing } from "./schema.ts";
import { lastId, usedBytes } from "../transaction.ts";

/** Rows that one look takes at most. */
const ROWS_PER_LOOK = 500;
const BYTES_PER_LOOK = 4 * 2 ** 20;

/** Ids that one count looks at. */
const IDS_PER_COUNT = 5_000;

/** Rows, as one look found them. */
export interface Look {
  readonly rows: readonly StoredRow[];
  /** Ids of rows whose checksum does not hold. */
  readonly corrupt: readonly number[];
}

/** What is in a topic. */
export interface TopicCount {
  readonly topic: string;
  readonly rows: number;
  readonly payloadBytes: number;
}

/** Numbers of a stream that were given up. */
export interface FoundGap {
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: string;
  /** Its announcement waits in the queue. */
  readonly announced: boolean;
}

/** A look into a file. Every method may throw a {@linkcode DbFailure}. */
export interface Inspector {
  /** Bytes of the pages in use: what counts against `max_bytes`, together with the log. */
  readonly usedBytes: number;
  /** `created_at` of the oldest row; null = empty. */
  readonly oldestAtMs: number | null;
  /** Rows with `created_at` beyond `atMs`; stops counting at a million. */
  countSince(atMs: number): number;
  /** All rows by topic. */
  topics(): readonly TopicCount[];
  /** All rows that are there now, from the oldest on. */
  looks(): Generator<Look>;
  /** How many dead letters there are. */
  readonly deadLetters: number;
  readonly gaps: readonly FoundGap[];
  /** The text of a schema, by fingerprint. */
  schema(fingerprint: string): string | undefined;
  close(): void;
}

/** What an inspector needs: the doors of `sqlite.ts`. */
export interface InspectorParts {
  open(path: string, options: { readonly readOnly: true }): Db;
  crc32(bytes: Uint8Array): number;
}

/** Rows since a moment are counted to this and no further. */
const COUNT_MAX = 1_000_000;

/** Opens a buffer's file to look into it; the fault is in words. */
export function openInspector(
  path: string,
  parts: InspectorParts,
): Result<Inspector, string> {
  let db: Db | undefined;
  try {
    db = parts.open(path, { readOnly: true });
    const found = standing(db);
    if (found.is === "ours" && found.version > 0) return good(inspect(db, parts));
    db.close();
    return bad(
      found.is === "newer"
        ? `${path} is of version ${found.version}, which a later program wrote`
        : `${path} is not a buffer of this program`,
    );
  } catch (error) {
    db?.close();
    if (!(error instanceof DbFailure)) throw error;
    return bad(`Cannot open ${path}: ${error.message}`);
  }
}

function inspect(db: Db, { crc32 }: InspectorParts): Inspector {
  const reader = createReader(db, crc32);

  function* looks(): Generator<Look> {
    const last = lastId(db);
    const none = new Set<number>();
    for (let afterId = 0;;) {
      const query = { afterId, countMax: ROWS_PER_LOOK, bytesMax: BYTES_PER_LOOK };
      const { rows, corrupt } = reader.read(query, none, last);
      const next = Math.max(rows.at(-1)?.id ?? 0, corrupt.at(-1) ?? 0);
      if (next === 0) return;
      yield { rows, corrupt };
      afterId = next;
    }
  }

  function topics(): readonly TopicCount[] {
    const found = new Map<string, TopicCount>();
    const last = lastId(db);
    const first = single(db.statement("SELECT min(id) FROM telemetry_queue").rows(), 1);
    const count = db.statement(
      "SELECT topic, count(*), sum(length(payload)) FROM telemetry_queue " +
        "WHERE id >= ? AND id < ? GROUP BY topic",
    );
    for (let from = first; from <= last; from += IDS_PER_COUNT) {
      for (const row of count.rows(from, Math.min(from + IDS_PER_COUNT, last + 1))) {
        const topic = text(row[0]);
        const known = found.get(topic) ?? { topic, rows: 0, payloadBytes: 0 };
        found.set(topic, {
          topic,
          rows: known.rows + num(row[1]),
          payloadBytes: known.payloadBytes + num(row[2]),
        });
      }
    }
    return [...found.values()].sort((a, b) => b.rows - a.rows);
  }

  return {
    get usedBytes() {
      return usedBytes(db);
    },
    get oldestAtMs() {
      const sql = "SELECT min(created_at) FROM telemetry_queue";
      const at = db.statement(sql).rows()[0]?.[0];
      return typeof at === "number" ? at : null;
    },
    countSince: (atMs) =>
      single(
        db.statement(
          "SELECT count(*) FROM (SELECT 1 FROM telemetry_queue WHERE created_at > ? LIMIT ?)",
        ).rows(atMs, COUNT_MAX),
        0,
      ),
    topics,
    looks,
    get deadLetters() {
      return single(db.statement("SELECT count(*) FROM dead_letters").rows(), 0);
    },
    get gaps() {
      return db.statement(
        "SELECT stream, epoch, first_seq, last_seq, reason, announced_by FROM gaps ORDER BY id",
      ).rows().map((row): FoundGap => ({
        stream: text(row[0]),
        epoch: num(row[1]),
        firstSeq: num(row[2]),
        lastSeq: num(row[3]),
        reason: text(row[4]),
        announced: row[5] !== null,
      }));
    },
    schema(fingerprint) {
      const sql = "SELECT text FROM schemas WHERE fingerprint = ?";
      const found = db.statement(sql).rows(fingerprint)[0]?.[0];
      return typeof found === "string" ? found : undefined;
    },
    close: () => db.close(),
  };
}
