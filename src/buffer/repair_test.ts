import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  allRows,
  openQueueFile,
  type QueueFile,
} from "../testing/buffer/queue_file.ts";
import { FINGERPRINT, rowsOf, SCHEMA, streamOf } from "../testing/buffer/rows.ts";
import { readRecordHead } from "../records/avro/payload_head.ts";
import { DbFailure } from "./store/database.ts";
import { pending } from "./gaps.ts";
import { openSnapshotReader, type SnapshotReader } from "./store/snapshot_reader.ts";
import { purge, repair } from "./repair.ts";
import { EMPTY_BATCH } from "./queue.ts";
import { crc32, openDb } from "./store/sqlite.ts";

const START_MS = 1_800_000_000_000;

Deno.test("a snapshot reader sees the committed rows and changes no byte", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/queue.db`;
    const file = fill(path, 1_200);
    const before = await hashes(path);
    const reader = readerOf(path);
    const pages = [...reader.pages()];
    strictEqual(pages.flatMap(({ rows }) => rows).length, 1_200);
    ok(pages.length > 1, "expected more than one page");
    deepStrictEqual(reader.topics().map(({ topic, rows }) => [topic, rows]), [
      ["readings", 1_200],
    ]);
    strictEqual(reader.oldestAtMs, START_MS + 1);
    strictEqual(reader.countSince(START_MS + 1_100), 100);
    strictEqual(reader.schema(FINGERPRINT), SCHEMA);
    file.queue.commit({ ...EMPTY_BATCH, acknowledged: [1] }, START_MS, true);
    strictEqual(reader.oldestAtMs, START_MS + 2);
    const written = await hashes(path);
    ok(written !== before, "the writer changed no byte");
    reader.close();
    strictEqual(await hashes(path), written);
    file.close();
  });
});

Deno.test("a snapshot reader that closes last does not change the log of a killed writer", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/queue.db`;
    const file = fill(path, 100);
    for (const part of ["", "-wal"]) {
      await Deno.copyFile(`${path}${part}`, `${folder}/dead.db${part}`);
    }
    file.close();
    const dead = `${folder}/dead.db`;
    const before = await hashes(dead);
    const reader = readerOf(dead);
    strictEqual([...reader.pages()].flatMap(({ rows }) => rows).length, 100);
    reader.close();
    strictEqual(await hashes(dead), before);
    ok((await Deno.stat(`${dead}-wal`)).size > 0);
  });
});

Deno.test("openSnapshotReader() reports a file that is not a buffer", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/text`,
      "not a database, and long enough".repeat(99),
    );
    for (const name of ["text", "missing"]) {
      const opened = openSnapshotReader(`${folder}/${name}`, { open: openDb, crc32 });
      ok(!opened.ok && opened.fault.includes(`${folder}/${name}`));
    }
    openDb(`${folder}/other`).exec("CREATE TABLE t(a)");
    const other = openSnapshotReader(`${folder}/other`, { open: openDb, crc32 });
    ok(!other.ok && other.fault.endsWith("is not a buffer of this program"));
  });
});

Deno.test("purge() evicts all older rows and leaves pending gaps", async () => {
  await inFolder((folder) => {
    const path = `${folder}/queue.db`;
    fill(path, 5_000).close();
    const file = openQueueFile(path);
    strictEqual(
      purge(file.db, START_MS + 4_501, { crc32, readHead: readRecordHead }),
      4_500,
    );
    file.close();
    const after = openQueueFile(path);
    strictEqual(allRows(after).length, 500);
    deepStrictEqual(
      pending(after.queue.gaps).map(({ stream, firstSeq, lastSeq, reason }) => [
        stream,
        firstSeq,
        lastSeq,
        reason,
      ]),
      [[streamOf("inv-01"), 1, 4_500, "max_age"]],
    );
    after.close();
    return Promise.resolve();
  });
});

Deno.test("purge() announces rows whose schema is damaged", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const file = fill(path, 20);
    file.db.exec("UPDATE schemas SET text = 'x'");
    strictEqual(file.queue.schema(FINGERPRINT), undefined);
    const parts = { crc32, readHead: readRecordHead };
    strictEqual(purge(file.db, START_MS + 11, parts), 10);
    file.close();
    const after = openQueueFile(path);
    strictEqual(allRows(after).length, 10);
    deepStrictEqual(
      pending(after.queue.gaps).map(({ stream, records }) => [stream, records]),
      [[streamOf("inv-01"), 10]],
    );
    after.close();
    return Promise.resolve();
  }));

Deno.test("repair() copies every readable row unchanged", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/damaged.db`;
    const source = fill(path, 3_000);
    const rows = new Map(allRows(source).map((row) => [row.payload.toHex(), row]));
    source.queue.checkpoint();
    source.close();
    const bytes = await Deno.readFile(path);
    // Pages in the middle: the first ones contain the schema.
    for (const page of [60, 90, 91, 150]) {
      bytes.fill(0x5a, page * 4096, page * 4096 + 4096);
    }
    await Deno.writeFile(path, bytes);
    const from = openDb(path, { readOnly: true });
    let damaged = false;
    try {
      from.statement("SELECT count(*), sum(length(payload)) FROM telemetry_queue")
        .rows();
    } catch (error) {
      damaged = error instanceof DbFailure && error.kind === "corrupt";
    }
    ok(damaged, "the file is not damaged");
    const to = openQueueFile(`${folder}/queue.db`);
    const repaired = repair(from, to.db, { crc32, readHead: readRecordHead });
    from.close();
    to.close();
    const again = openQueueFile(`${folder}/queue.db`);
    const found = allRows(again);
    again.close();
    strictEqual(found.length, repaired.rows);
    ok(repaired.rows > 2_500 && repaired.rows < 3_000, `${repaired.rows}`);
    ok(
      repaired.rows + repaired.corrupt + repaired.unreadableIds >= 3_000,
      JSON.stringify(repaired),
    );
    for (const { payload, topic, key, createdAtMs } of found) {
      const original = rows.get(payload.toHex());
      deepStrictEqual([topic, key, createdAtMs], [
        original?.topic,
        original?.key,
        original?.createdAtMs,
      ]);
    }
    strictEqual(
      new Set(found.map(({ payload }) => payload.toHex())).size,
      found.length,
    );
  });
});

Deno.test("repair() continues after a row with a damaged id, which ends a range scan without an error", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/damaged.db`;
    const source = fill(path, 3_000);
    source.queue.checkpoint();
    source.close();
    const bytes = await Deno.readFile(path);
    const view = new DataView(bytes.buffer);
    // A page of rows with ids of two bytes (https://sqlite.org/fileformat2.html, section 1.6).
    const page = 4096 * 60;
    strictEqual(bytes[page], 0x0d, "the page is not a table leaf");
    const cell = page + view.getUint16(page + 8 + 2); // the second row
    const id = cell + ((bytes[cell] ?? 0) < 0x80 ? 1 : 2);
    bytes.set([0xff, 0x7f], id); // 16,383
    await Deno.writeFile(path, bytes);
    const from = openDb(path, { readOnly: true });
    const scan = from.statement(
      "SELECT id FROM telemetry_queue WHERE id <= 3000 ORDER BY id",
    );
    ok(scan.rows().length < 2_000, "the scan did not end early");
    const to = openQueueFile(`${folder}/queue.db`);
    const repaired = repair(from, to.db, { crc32, readHead: readRecordHead });
    from.close();
    to.close();
    const again = openQueueFile(`${folder}/queue.db`);
    const found = allRows(again).length;
    again.close();
    strictEqual(found, repaired.rows);
    ok(repaired.rows > 2_980, JSON.stringify(repaired));
  });
});

/** A queue with `count` rows of one stream; still open. */
function fill(path: string, count: number): QueueFile {
  const file = openQueueFile(path);
  for (let first = 1; first <= count; first += 500) {
    const rows = rowsOf("inv-01", file.epoch, first, Math.min(first + 499, count));
    const schemas = new Map([[FINGERPRINT, SCHEMA]]);
    file.queue.commit({ ...EMPTY_BATCH, rows, schemas }, START_MS, true);
  }
  return file;
}

function readerOf(path: string): SnapshotReader {
  const opened = openSnapshotReader(path, { open: openDb, crc32 });
  if (!opened.ok) throw new Error(opened.fault);
  return opened.value;
}

/** Hashes of the database and its log. */
async function hashes(path: string): Promise<string> {
  const parts = ["", "-wal"].map(async (part) => {
    const bytes = await Deno.readFile(`${path}${part}`);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  });
  return (await Promise.all(parts)).join(" ");
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
