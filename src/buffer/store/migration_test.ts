import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { writeFirstVersion } from "../../testing/buffer/first_version.ts";
import { allRows, openQueueFile } from "../../testing/buffer/queue_file.ts";
import {
  FINGERPRINT,
  inFolder,
  rowsOf,
  SCHEMA,
  streamOf,
} from "../../testing/buffer/rows.ts";
import { pending } from "../gaps.ts";
import { EMPTY_BATCH } from "../queue.ts";
import { openSnapshotReader } from "./snapshot_reader.ts";
import { crc32, openDb } from "./sqlite.ts";

const GAP = {
  ...{ id: 1, stream: streamOf("z"), epoch: 8, firstSeq: 2, lastSeq: 5 },
  ...{ lastEpoch: 8, records: 4 },
  reason: "max_bytes",
} as const;

Deno.test("a file of version 1 is migrated: rows, numbers, gaps and schemas stay", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const rows = rowsOf("a", 9, 1, 40);
    const schemas = new Map([[FINGERPRINT, SCHEMA]]);
    writeFirstVersion(path, { rows, schemas, gaps: [GAP], epoch: 9 });

    const reader = openSnapshotReader(path, { open: openDb, crc32 });
    ok(reader.ok, "the older file cannot be read without migration");
    strictEqual([...reader.value.pages()].flatMap((page) => page.rows).length, 40);
    strictEqual(reader.value.gaps.length, 1);
    strictEqual(reader.value.schema(FINGERPRINT), SCHEMA);
    reader.value.close();

    let file = openQueueFile(path);
    deepStrictEqual(
      allRows(file).map((row) => row.payload),
      rows.map((row) => row.payload),
    );
    deepStrictEqual(pending(file.queue.gaps), [{ ...GAP, announcedBy: null }]);
    deepStrictEqual(file.queue.streams.get(streamOf("a")), { epoch: 9, seq: 40 });
    strictEqual(file.queue.schema(FINGERPRINT), SCHEMA);
    const more = rowsOf("a", file.epoch, 1, 3);
    file.queue.commit(
      { ...EMPTY_BATCH, rows: more, rejected: new Map([[7, 2]]) },
      0,
      true,
    );
    file.close();

    file = openQueueFile(path); // A second start finds nothing to migrate.
    strictEqual(allRows(file).length, 43);
    strictEqual(allRows(file)[6]?.retryCount, 2);
    // An older row is still checked: its payload, and its key, which the payload repeats.
    file.db.exec("UPDATE telemetry_queue SET key = 'b' WHERE id = 5");
    file.db.exec("UPDATE telemetry_queue SET payload = x'c301' WHERE id = 6");
    const query = { afterId: 0, countMax: 100, bytesMax: 1e6 };
    const { corrupt } = file.reader.read(query, new Set(), file.queue.lastId);
    deepStrictEqual(corrupt, [5, 6]);
    file.queue.commit({ ...EMPTY_BATCH, corrupt }, 0, true);
    deepStrictEqual(
      pending(file.queue.gaps).slice(1).map((
        gap,
      ) => [gap.stream, gap.firstSeq, gap.lastSeq]),
      [[streamOf("a"), 5, 6]],
    );
    file.close();
  }));
