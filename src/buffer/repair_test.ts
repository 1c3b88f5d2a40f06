import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  allRows,
  openQueueFile,
  type QueueFile,
} from "../../tests/buffer/queue_file.ts";
import { FINGERPRINT, rowsOf, SCHEMA, streamOf } from "../../tests/buffer/rows.ts";
import { readHead } from "../records/avro/payload_head.ts";
import { DbFailure } from "./store/database.ts";
import { pending } from "./gaps.ts";
import { type Inspector, openInspector } from "./store/snapshot_reader.ts";
import { purge, salvage } from "./repair.ts";
import { EMPTY_BATCH } from "./queue.ts";
import { crc32, openDb } from "./store/sqlite.ts";

const START_MS = 1_800_000_000_000;

Deno.test("an inspector sees what a writer has committed, and changes no byte", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/queue.db`;
    const file = fill(path, 1_200);
    const before = await hashes(path);
    const inspector = inspectorOf(path);
    const looks = [...inspector.looks()];
    strictEqual(looks.flatMap(({ rows }) => rows).length, 1_200);
    ok(looks.length > 1, "not all in one transaction");
    deepStrictEqual(inspector.topics().map(({ topic, rows }) => [topic, rows]), [
      ["readings", 1_200],
    ]);
    strictEqual(inspector.oldestAtMs, START_MS + 1);
    strictEqual(inspector.countSince(START_MS + 1_100), 100);
    strictEqual(inspector.schema(FINGERPRINT), SCHEMA);
    file.queue.commit({ ...EMPTY_BATCH, settled: [1] }, START_MS, true);
    strictEqual(inspector.oldestAtMs, START_MS + 2);
    const written = await hashes(path);
    ok(written !== before, "the writer did write");
    inspector.close();
    strictEqual(await hashes(path), written);
    file.close();
  });
});

Deno.test("an inspector that closes last leaves the log of a writer that died alone", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/queue.db`;
    const file = fill(path, 100);
    for (const part of ["", "-wal"]) {
      await Deno.copyFile(`${path}${part}`, `${folder}/dead.db${part}`);
    }
    file.close();
    const dead = `${folder}/dead.db`;
    const before = await hashes(dead);
    const inspector = inspectorOf(dead);
    strictEqual([...inspector.looks()].flatMap(({ rows }) => rows).length, 100);
    inspector.close();
    strictEqual(await hashes(dead), before);
    ok((await Deno.stat(`${dead}-wal`)).size > 0);
  });
});

Deno.test("openInspector() says in words that a file is no buffer", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/text`,
      "not a database, and long enough".repeat(99),
    );
    for (const name of ["text", "missing"]) {
      const opened = openInspector(`${folder}/${name}`, { open: openDb, crc32 });
      ok(!opened.ok && opened.fault.includes(`${folder}/${name}`));
    }
    openDb(`${folder}/other`).exec("CREATE TABLE t(a)");
    const other = openInspector(`${folder}/other`, { open: openDb, crc32 });
    ok(!other.ok && other.fault.endsWith("is not a buffer of this program"));
  });
});

Deno.test("purge() gives up what is older, however much, and leaves it to be announced", async () => {
  await inFolder((folder) => {
    const path = `${folder}/queue.db`;
    fill(path, 5_000).close();
    const file = openQueueFile(path);
    strictEqual(purge(file.db, START_MS + 4_501, { crc32, readHead }), 4_500);
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

Deno.test("salvage() brings over every row that can be read, as it was", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/damaged.db`;
    const whole = fill(path, 3_000);
    const rows = new Map(allRows(whole).map((row) => [hex(row.payload), row]));
    whole.queue.checkpoint();
    whole.close();
    const bytes = await Deno.readFile(path);
    // Pages in the middle, far from the first ones, which name the tables.
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
      damaged = error instanceof DbFailure && error.trouble === "corrupt";
    }
    ok(damaged, "the file is damaged");
    const to = openQueueFile(`${folder}/queue.db`);
    const saved = salvage(from, to.db, crc32);
    from.close();
    to.close();
    const again = openQueueFile(`${folder}/queue.db`);
    const found = allRows(again);
    again.close();
    strictEqual(found.length, saved.rows);
    ok(saved.rows > 2_500 && saved.rows < 3_000, `${saved.rows}`);
    ok(
      saved.rows + saved.corrupt + saved.unreadableIds >= 3_000,
      JSON.stringify(saved),
    );
    for (const { payload, topic, key, createdAtMs } of found) {
      const original = rows.get(hex(payload));
      deepStrictEqual([topic, key, createdAtMs], [
        original?.topic,
        original?.key,
        original?.createdAtMs,
      ]);
    }
    strictEqual(new Set(found.map(({ payload }) => hex(payload))).size, found.length);
  });
});

Deno.test("salvage() goes on behind a row whose id is damaged, which ends SQLite's walk without an error", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/damaged.db`;
    const whole = fill(path, 3_000);
    whole.queue.checkpoint();
    whole.close();
    const bytes = await Deno.readFile(path);
    const view = new DataView(bytes.buffer);
    // A page of rows with ids of two bytes (https://sqlite.org/fileformat2.html, section 1.6).
    const page = 4096 * 60;
    strictEqual(bytes[page], 0x0d, "it is a leaf of a table");
    const cell = page + view.getUint16(page + 8 + 2); // the second row
    const id = cell + ((bytes[cell] ?? 0) < 0x80 ? 1 : 2);
    bytes.set([0xff, 0x7f], id); // 16,383
    await Deno.writeFile(path, bytes);
    const from = openDb(path, { readOnly: true });
    const walk = from.statement(
      "SELECT id FROM telemetry_queue WHERE id <= 3000 ORDER BY id",
    );
    ok(walk.rows().length < 2_000, "the walk ends early");
    const to = openQueueFile(`${folder}/queue.db`);
    const saved = salvage(from, to.db, crc32);
    from.close();
    to.close();
    const again = openQueueFile(`${folder}/queue.db`);
    const found = allRows(again).length;
    again.close();
    strictEqual(found, saved.rows);
    ok(saved.rows > 2_980, JSON.stringify(saved));
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

function inspectorOf(path: string): Inspector {
  const opened = openInspector(path, { open: openDb, crc32 });
  if (!opened.ok) throw new Error(opened.fault);
  return opened.value;
}

/** Of the database and its log. */
async function hashes(path: string): Promise<string> {
  const parts = ["", "-wal"].map(async (part) => {
    const bytes = await Deno.readFile(`${path}${part}`);
    return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  });
  return (await Promise.all(parts)).join(" ");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
