import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  deliverAll,
  fillFile,
  flipCell,
  flipStoredByte,
  rowPages,
} from "../testing/buffer/damaged_files.ts";
import { openQueueFile } from "../testing/buffer/queue_file.ts";
import { FINGERPRINT, inFolder, SCHEMA } from "../testing/buffer/rows.ts";
import { EMPTY_BATCH } from "./queue.ts";
import { withIndexRepair } from "./queue_transactions.ts";
import { DbFailure } from "./store/database.ts";
import { readIndexedIds } from "./store/indexed_ids.ts";
import { openSnapshotReader } from "./store/snapshot_reader.ts";
import { crc32, openDb } from "./store/sqlite.ts";

const ROWS = 120;

/** The columns of each table whose damage must not lose a row. */
const COLUMNS = {
  telemetry_queue: [
    ...["id", "topic", "payload", "retry_count", "created_at", "key", "crc"],
    ...["stream_crc", "epoch", "seq", "row_crc"],
  ],
  schemas: ["fingerprint", "text", "crc"],
  streams: ["stream", "epoch", "seq", "crc"],
  gaps: [
    ...["id", "stream", "epoch", "first_seq", "last_seq", "reason"],
    "announced_by",
  ],
  gap_copies: ["id", "copy"],
} as const;

Deno.test("whichever bit of a cell is flipped, each row is delivered unchanged or announced", () =>
  inFolder((folder) => {
    const base = `${folder}/base.db`;
    const stored = fillFile(base, ROWS);
    const cells = Object.entries(COLUMNS).flatMap(([table, columns]) =>
      columns.map((column) => ({ table, column }))
    );
    let flips = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...cells),
        fc.nat(1_000),
        fc.nat(4_000),
        ({ table, column }, row, bit) => {
          const path = `${folder}/${flips}.db`;
          Deno.copyFileSync(base, path);
          const db = openDb(path);
          const isFlipped = flipCell(db, { table, column, row, bit });
          db.close();
          fc.pre(isFlipped);
          flips++;
          const { vanished, wrong } = deliverAll(path, stored);
          deepStrictEqual({ vanished, wrong }, { vanished: [], wrong: [] });
        },
      ),
      { numRuns: 80 },
    );
    ok(flips >= 80, "no cell was damaged");
  }));

Deno.test("whichever stored byte is damaged, each row is delivered unchanged or announced", () =>
  inFolder((folder) => {
    const base = `${folder}/base.db`;
    const stored = fillFile(base, ROWS);
    const bytes = Deno.readFileSync(base);
    let run = 0;
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.integer({ min: 1, max: 255 }),
        (place, mask) => {
          const path = `${folder}/${run++}.db`;
          const damaged = flipStoredByte(bytes, place, mask);
          Deno.writeFileSync(path, damaged);
          const { vanished, wrong } = deliverAll(path, stored);
          deepStrictEqual({ vanished, wrong }, { vanished: [], wrong: [] });
        },
      ),
      { numRuns: 80 },
    );
  }));

Deno.test("a row without any readable column is announced by the hole that it leaves", () =>
  inFolder((folder) => {
    const base = `${folder}/base.db`;
    const stored = fillFile(base, ROWS);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 5, max: ROWS }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.nat(1e6),
        (ids, run) => {
          const path = `${folder}/${run}.db`;
          Deno.copyFileSync(base, path);
          const db = openDb(path);
          for (const id of ids) {
            db.statement(
              "UPDATE telemetry_queue SET payload = x'c3', row_crc = 1, crc = 2, topic = '', " +
                "key = NULL, stream_crc = 7, epoch = 8, seq = 9 WHERE id = ?",
            ).run(id);
          }
          db.close();
          const { vanished, wrong, announcedTwice } = deliverAll(path, stored);
          deepStrictEqual({ vanished, wrong }, { vanished: [], wrong: [] });
          // At the beginning of a stream, numbers before its first row may be announced too.
          ok(announcedTwice === 0, `${announcedTwice} delivered rows were announced`);
        },
      ),
      { numRuns: 30 },
    );
  }));

Deno.test("a gap that is damaged in both copies is counted as lost, one that is damaged in one copy is not", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    fillFile(path, ROWS);
    const db = openDb(path);
    const gaps = db.statement("SELECT id FROM gaps ORDER BY id").rows();
    ok(gaps.length > 1);
    db.statement("UPDATE gaps SET first_seq = 'x' WHERE id = ?").run(gaps[0]?.[0] ?? 0);
    db.exec("UPDATE gap_copies SET copy = 'x'");
    db.close();
    const reader = openSnapshotReader(path, { open: openDb, crc32 });
    ok(reader.ok);
    match(reader.value.faults.join("\n"), /^1 gaps are damaged in both copies/m);
    reader.value.close();
    let file = openQueueFile(path);
    strictEqual(file.queue.gapsLost, 1);
    strictEqual(file.queue.gaps.gaps.length, gaps.length - 1);
    file.close();
    file = openQueueFile(path);
    strictEqual(file.queue.gapsLost, 0, "reported at each start");
    file.close();
  }));

Deno.test("a damaged schema is not returned, and replaced when the agent uses it again", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    fillFile(path, 10);
    const db = openDb(path);
    db.exec("UPDATE schemas SET text = replace(text, 'Reading', 'Reeding')");
    db.close();
    const file = openQueueFile(path);
    strictEqual(file.queue.schema(FINGERPRINT), undefined);
    strictEqual(file.queue.hasSchema(FINGERPRINT, SCHEMA), false);
    const reader = openSnapshotReader(path, { open: openDb, crc32 });
    ok(reader.ok);
    match(reader.value.faults.join(), /schema 8ddbbabe50978d2e/);
    reader.value.close();
    const schemas = new Map([[FINGERPRINT, SCHEMA]]);
    file.queue.commit({ ...EMPTY_BATCH, schemas }, 0, false);
    strictEqual(file.queue.schema(FINGERPRINT), SCHEMA);
    file.close();
  }));

Deno.test("the index is not rebuilt if it lists rows that the table lacks", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    fillFile(path, 600);
    const bytes = Deno.readFileSync(path);
    const page = rowPages(bytes)[5] ?? { at: 0 };
    bytes.set([0, 1], page.at + 3); // one row instead of 24
    Deno.writeFileSync(path, bytes);
    const db = openDb(path);
    const listed = (): number => [...readIndexedIds(db).between(0, Infinity)].length;
    strictEqual(listed(), 601);
    let attempts = 0;
    throws(
      () =>
        withIndexRepair(db, () => {
          attempts++;
          throw new DbFailure("corrupt", "database disk image is malformed");
        }),
      DbFailure,
    );
    strictEqual(attempts, 1);
    strictEqual(listed(), 601);
    db.close();
  }));
