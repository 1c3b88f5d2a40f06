/**
 * Keeps the book of gaps in the table `gaps`.
 *
 * @module
 */

import type { GapReason } from "../buffer.ts";
import { type Db, num, text } from "./database.ts";
import type { Gap, GapBook } from "../gaps.ts";

/** Reads the whole book. */
export function loadGaps(db: Db): GapBook {
  const gaps = db.statement(
    "SELECT id, stream, epoch, first_seq, last_seq, reason, announced_by FROM gaps ORDER BY id",
  ).rows().map((row): Gap => ({
    id: num(row[0]),
    stream: text(row[1]),
    epoch: num(row[2]),
    firstSeq: num(row[3]),
    lastSeq: num(row[4]),
    reason: text(row[5]) as GapReason,
    announcedBy: typeof row[6] === "number" ? row[6] : null,
  }));
  return { gaps, nextId: (gaps.at(-1)?.id ?? 0) + 1 };
}

/** Writes what has changed between two books, within the caller's transaction. */
export function saveGaps(db: Db, before: GapBook, after: GapBook): void {
  if (before === after) return;
  const known = new Set(before.gaps);
  const kept = new Set(after.gaps.map((gap) => gap.id));
  for (const gap of before.gaps) {
    if (!kept.has(gap.id)) db.statement("DELETE FROM gaps WHERE id = ?").run(gap.id);
  }
  const put = db.statement(
    "INSERT OR REPLACE INTO gaps(id, stream, epoch, first_seq, last_seq, reason, announced_by) " +
      "VALUES(?,?,?,?,?,?,?)",
  );
  for (const gap of after.gaps) {
    if (known.has(gap)) continue;
    put.run(
      gap.id,
      gap.stream,
      gap.epoch,
      gap.firstSeq,
      gap.lastSeq,
      gap.reason,
      gap.announcedBy,
    );
  }
}
