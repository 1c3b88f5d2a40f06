import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readRecordHead } from "../records/avro/payload_head.ts";
import { openQueueFile } from "../testing/buffer/queue_file.ts";
import {
  FINGERPRINT,
  inFolder,
  rowsOf,
  SCHEMA,
  streamOf,
} from "../testing/buffer/rows.ts";
import { addGaps, type TrackedGap } from "./gaps.ts";
import { createLossAccount } from "./loss_account.ts";
import { EMPTY_BATCH } from "./queue.ts";
import { repair } from "./repair.ts";
import { NO_GAPS, saveGaps } from "./store/gap_table.ts";
import { crc32, openDb } from "./store/sqlite.ts";

const STREAM = streamOf("a");

/** 21 of these numbers are missing; the rows 40 to 60 are stored. */
const MERGED = { firstSeq: 1, lastSeq: 59, records: 21 };

/** A buffer with the merged gap, and with the row 50 made unreadable. */
function fill(path: string): { readonly id: number; readonly epoch: number } {
  const { queue, db, epoch, close } = openQueueFile(path);
  const schemas = new Map([[FINGERPRINT, SCHEMA]]);
  queue.commit({ ...EMPTY_BATCH, rows: rowsOf("a", epoch, 40, 60), schemas }, 0, true);
  const gap = {
    ...{ stream: STREAM, epoch, lastEpoch: epoch, ...MERGED },
    ...{ reason: "max_bytes" as const, announcedBy: null },
  };
  db.transaction(() => saveGaps(db, NO_GAPS, addGaps(NO_GAPS, [gap]), crc32));
  const id = queue.lastId - 10;
  db.statement(
    "UPDATE telemetry_queue SET payload = x'c3', row_crc = 1, crc = 2, topic = '', " +
      "key = NULL, stream_crc = 7, epoch = 8, seq = 9 WHERE id = ?",
  ).run(id);
  close();
  return { id, epoch };
}

/** How many numbers are announced as missing in all. */
function recordsOf(gaps: readonly TrackedGap[]): number {
  return gaps.reduce((sum, { records }) => sum + records, 0);
}

Deno.test("an unreadable row within a merged gap adds one to the missing records", () =>
  inFolder((folder) => {
    const { id } = fill(`${folder}/queue.db`);
    const { queue, close } = openQueueFile(`${folder}/queue.db`);
    strictEqual(recordsOf(queue.gaps.gaps), 21);
    queue.commit({ ...EMPTY_BATCH, corrupt: [id] }, 0, true);
    strictEqual(recordsOf(queue.gaps.gaps), 22);
    close();
  }));

Deno.test("repair() adds one to the missing records for an unreadable row within a merged gap", () =>
  inFolder((folder) => {
    fill(`${folder}/queue.db`);
    const from = openDb(`${folder}/queue.db`, { readOnly: true });
    const to = openQueueFile(`${folder}/to.db`);
    repair(from, to.db, { crc32, readHead: readRecordHead });
    from.close();
    to.close();
    const { queue, close } = openQueueFile(`${folder}/to.db`);
    strictEqual(recordsOf(queue.gaps.gaps), 22);
    close();
  }));

Deno.test("toAnnounce() limits numbers within a merged gap of several epochs, and no others", () => {
  const gap = { stream: "a", reason: "max_rows" as const, announcedBy: null };
  const account = createLossAccount(
    addGaps(NO_GAPS, [
      { ...gap, epoch: 2, firstSeq: 90, lastEpoch: 4, lastSeq: 10, records: 7 },
      { ...gap, epoch: 5, firstSeq: 1, lastEpoch: 5, lastSeq: 3, records: 3 },
    ]),
    [{ stream: "a", epoch: 1, seq: 1 }],
  );
  const place = (epoch: number, seq: number) => ({ stream: "a", epoch, seq });
  strictEqual(account.has(place(1, 1)), true);
  strictEqual(account.has(place(5, 3)), true);
  strictEqual(account.has(place(3, 1_000)), false);
  const outside = [place(2, 89), place(4, 11), { stream: "b", epoch: 3, seq: 1 }];
  const inside = [place(2, 90), place(3, 500), place(4, 10)];
  deepStrictEqual(account.toAnnounce([...outside, ...inside], 2), [
    ...outside,
    ...inside.slice(0, 2),
  ]);
});
