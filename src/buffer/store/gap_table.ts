/**
 * Loads and saves the gap state in the table `gaps`.
 *
 * @module
 */

import type { GapReason } from "../buffer.ts";
import { type Db, numberColumn, textColumn } from "./database.ts";
import type { GapState, TrackedGap } from "../gaps.ts";

/** Reads all gaps. */
export function loadGaps(db: Db): GapState {
  const gaps = db.statement(
    "SELECT id, stream, epoch, first_seq, last_seq, reason, announced_by FROM gaps ORDER BY id",
  ).rows().map((row): TrackedGap => ({
    id: numberColumn(row[0]),
    stream: textColumn(row[1]),
    epoch: numberColumn(row[2]),
    firstSeq: numberColumn(row[3]),
    lastSeq: numberColumn(row[4]),
    reason: textColumn(row[5]) as GapReason,
    announcedBy: typeof row[6] === "number" ? row[6] : null,
  }));
  return { gaps, nextId: (gaps.at(-1)?.id ?? 0) + 1 };
}

/** Writes the difference between two states, inside the caller's transaction. */
export function saveGaps(db: Db, before: GapState, after: GapState): void {
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
