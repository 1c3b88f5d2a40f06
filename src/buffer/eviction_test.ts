import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openQueueFile } from "../testing/buffer/queue_file.ts";
import { FINGERPRINT, inFolder, rowsOf, SCHEMA } from "../testing/buffer/rows.ts";
import { EMPTY_BATCH } from "./queue.ts";

const WALL_MS = 1_800_000_000_000;

Deno.test("aged rows are evicted although more than one page of older ones is held", () =>
  inFolder((folder) => {
    const limits = { maxAgeMs: 60_000 };
    const { queue, db, close } = openQueueFile(`${folder}/queue.db`, limits);
    const rows = rowsOf("a", 9, 1, 6_000, 20).map((row, at) => ({
      ...row,
      createdAtMs: WALL_MS - 50_000 + at,
    }));
    const schemas = new Map([[FINGERPRINT, SCHEMA]]);
    queue.commit({ ...EMPTY_BATCH, rows, schemas }, WALL_MS, false);
    const held = rows.slice(0, 4_500).map((_, at) => ({ id: at + 1, bytes: 20 }));
    strictEqual(queue.holdRead(held), 4_500);
    // Aged: all but the newest 500, of which the sender holds the oldest 4,500.
    const atMs = WALL_MS + 10_000 + 5_500;
    const { evicted } = queue.commit({ ...EMPTY_BATCH }, atMs, false);
    strictEqual(evicted, 1_000);
    deepStrictEqual(
      queue.gaps.gaps.map((
        { firstSeq, lastSeq, reason },
      ) => [firstSeq, lastSeq, reason]),
      [[4_501, 5_500, "max_age"]],
    );
    queue.release(held.map(({ id }) => id));
    const counts = [1, 2, 3].map(() =>
      queue.commit({ ...EMPTY_BATCH }, atMs, false).evicted
    );
    deepStrictEqual(counts, [2_000, 2_000, 500], "at most 2,000 in one commit");
    deepStrictEqual(db.statement("SELECT count(*) FROM telemetry_queue").rows(), [[
      500,
    ]]);
    close();
  }));
