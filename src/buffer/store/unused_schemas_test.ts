import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openQueueFile, type QueueFile } from "../../testing/buffer/queue_file.ts";
import {
  FINGERPRINT,
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowOf,
  rowsOf,
  SCHEMA,
} from "../../testing/buffer/rows.ts";
import type { NewRow } from "../buffer.ts";
import { EMPTY_BATCH } from "../queue.ts";
import { crc32, openDb } from "./sqlite.ts";
import { removeUnusedSchemas, ROWS_SEARCHED_MAX } from "./unused_schemas.ts";

/** A schema of a later version, and one that no row has. */
const LATER = "00112233445566ff";
const OLD = "ff00112233445566";
const NONE: ReadonlySet<string> = new Set();

Deno.test("a schema is kept as long as a row or dead letter needs it or the program uses it", () =>
  inFile(rowsOf("a", 1, 1, 2), (file) => {
    const { db, queue } = file;
    strictEqual(removeUnusedSchemas(db, new Set([LATER]), crc32), 1);
    deepStrictEqual(fingerprints(file), [LATER, FINGERPRINT]);
    const acknowledged = [1];
    queue.commit({ ...EMPTY_BATCH, acknowledged }, 0, false);
    strictEqual(removeUnusedSchemas(db, NONE, crc32), 1);
    deepStrictEqual(fingerprints(file), [FINGERPRINT]);
    queue.commit({ ...EMPTY_BATCH, deadLetters: new Map([[2, "bad"]]) }, 0, false);
    strictEqual(removeUnusedSchemas(db, NONE, crc32), 0);
    db.exec("DELETE FROM dead_letters");
    strictEqual(removeUnusedSchemas(db, NONE, crc32), 1);
    deepStrictEqual(fingerprints(file), []);
  }));

Deno.test("a schema whose stored fingerprint is damaged is kept for its rows", () =>
  inFile([rowOf("a", 1, 1)], ({ db, queue }) => {
    db.exec(
      `UPDATE schemas SET fingerprint = 'x' WHERE fingerprint = '${FINGERPRINT}'`,
    );
    removeUnusedSchemas(db, NONE, crc32);
    strictEqual(queue.schema(FINGERPRINT), SCHEMA);
  }));

Deno.test("a long queue is not searched", () =>
  inFile(rowsOf("a", 1, 1, ROWS_SEARCHED_MAX + 1, 10), (file) => {
    strictEqual(removeUnusedSchemas(file.db, NONE, crc32), 0);
    file.queue.commit({ ...EMPTY_BATCH, acknowledged: [1] }, 0, false);
    strictEqual(removeUnusedSchemas(file.db, NONE, crc32), 2);
  }));

Deno.test("schemas of earlier versions leave the file at the stop after their rows were delivered", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder);
    for (let version = 0; version < 10; version++) {
      const buffer = await mustOpen(options);
      const fingerprint = `${version}`.padStart(16, "0");
      buffer.addSchema(fingerprint, " ".repeat(100_000));
      await buffer.flush(FOREVER);
      await buffer.close(FOREVER);
    }
    const db = openDb(options.path);
    deepStrictEqual(
      db.statement("SELECT fingerprint FROM schemas").rows(),
      [["0000000000000009"]],
    );
    db.close();
  }));

function inFile(
  rows: readonly NewRow[],
  work: (file: QueueFile) => void,
): Promise<void> {
  return inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    const schemas = new Map([[FINGERPRINT, SCHEMA], [LATER, "{}"], [OLD, "[]"]]);
    file.queue.commit({ ...EMPTY_BATCH, schemas, rows }, 0, false);
    work(file);
    file.close();
  });
}

function fingerprints({ db }: QueueFile): unknown[] {
  return db.statement("SELECT fingerprint FROM schemas ORDER BY fingerprint").rows()
    .map(([fingerprint]) => fingerprint);
}
