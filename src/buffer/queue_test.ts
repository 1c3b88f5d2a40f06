import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  FINGERPRINT,
  inFolder,
  rowOf,
  rowsOf,
  SCHEMA,
  streamOf,
} from "../testing/buffer/rows.ts";
import {
  allRows,
  openQueueFile,
  type QueueFile,
} from "../testing/buffer/queue_file.ts";
import type { NewRow } from "./buffer.ts";
import { pending } from "./gaps.ts";
import { type CommitBatch, EMPTY_BATCH } from "./queue.ts";
import { SCHEMA_VERSION } from "./store/schema.ts";

const WALL_MS = 1_800_000_000_000;
const SCHEMAS = new Map([[FINGERPRINT, SCHEMA]]);

Deno.test("any sequence of commits and restarts keeps order, loses no row and reuses no id", () =>
  inFolder((folder) => {
    let run = 0;
    fc.assert(
      fc.property(fc.array(anyStep(), { maxLength: 25 }), (steps) => {
        const path = `${folder}/${run++}.db`;
        let file = openQueueFile(path);
        const model: { id: number; payload: Uint8Array }[] = [];
        let seq = 0;
        let lastId = 0;
        let lastEpoch = 0;
        try {
          for (const step of steps) {
            if (step.does === "reopen") {
              file.close();
              // The wall clock may have been set back by any amount.
              file = openQueueFile(path, {}, WALL_MS - step.count * 10 ** 9);
              ok(file.epoch > lastEpoch, "the epoch did not rise");
              lastEpoch = file.epoch;
              continue;
            }
            const rows = rowsOf("a", file.epoch, seq + 1, seq + step.count, 20);
            seq += step.count;
            const gone = model.filter((_, at) => at % 7 < step.acknowledges).map((
              row,
            ) => row.id);
            commit(file, { rows, acknowledged: gone }, step.full);
            model.splice(
              0,
              model.length,
              ...model.filter(({ id }) => !gone.includes(id)),
            );
            for (const row of allRows(file)) {
              if (row.id <= lastId) continue;
              lastId = row.id;
              model.push({ id: row.id, payload: row.payload });
            }
            const last = file.queue.streams.get(streamOf("a"));
            if (step.count > 0) deepStrictEqual(last, { epoch: file.epoch, seq });
          }
          deepStrictEqual(
            allRows(file).map(({ id, payload }) => ({ id, payload })),
            model,
          );
          strictEqual(file.queue.rows, model.length);
        } finally {
          file.close();
        }
      }),
      { numRuns: 40 },
    );
  }));

Deno.test("the file has the documented tables, columns and pragmas", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    const columns = file.db.statement(
      "SELECT name, type, \"notnull\" FROM pragma_table_info('telemetry_queue')",
    ).rows();
    deepStrictEqual(columns.map((row) => [...row]), [
      ["id", "INTEGER", 0],
      ["topic", "TEXT", 1],
      ["payload", "BLOB", 1],
      ["retry_count", "INTEGER", 0],
      ["created_at", "INTEGER", 1],
      ["key", "TEXT", 0],
      ["crc", "INTEGER", 0],
      ["stream_crc", "INTEGER", 0],
      ["epoch", "INTEGER", 0],
      ["seq", "INTEGER", 0],
      ["row_crc", "INTEGER", 0],
    ]);
    const pragma = (name: string): unknown =>
      file.db.statement(`PRAGMA ${name}`).rows()[0]?.[0];
    strictEqual(pragma("auto_vacuum"), 2);
    strictEqual(pragma("journal_mode"), "wal");
    strictEqual(pragma("user_version"), SCHEMA_VERSION);
    const index = file.db.statement("PRAGMA index_info('idx_created_at')").rows();
    strictEqual(index[0]?.[2], "created_at");
    file.close();
  }));

Deno.test("begin() stores epoch, last numbers and missing numbers, in one transaction", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const file = openQueueFile(path);
    commit(file, { rows: rowsOf("a", file.epoch, 1, 5) });
    const streams = new Map([[streamOf("a"), { epoch: file.epoch, seq: 9 }]]);
    const range = { stream: streamOf("a"), epoch: file.epoch, firstSeq: 6, lastSeq: 9 };
    const missing = [{ ...range, reason: "buffer_lost" as const }];
    file.queue.begin({ epoch: file.epoch + 7, missing, streams });
    const check = ({ queue }: QueueFile): void => {
      deepStrictEqual(queue.streams, streams);
      deepStrictEqual(
        pending(queue.gaps).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
        [[6, 9]],
      );
    };
    check(file);
    strictEqual(file.queue.epoch, file.epoch + 7);
    file.close();
    const again = openQueueFile(path);
    check(again);
    strictEqual(again.epoch, file.epoch + 8);
    again.close();
  }));

Deno.test("a failed transaction changes neither the file nor the state", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    commit(file, { rows: rowsOf("a", file.epoch, 1, 5) });
    const before = { rows: file.queue.rows, lastId: file.queue.lastId };
    const invalid: NewRow = rowOf("a", file.epoch, 7);
    let thrown = false;
    try {
      commit(file, {
        acknowledged: [1, 2],
        rows: [rowOf("a", file.epoch, 6), { ...invalid, createdAtMs: NaN }],
      });
    } catch {
      thrown = true;
    }
    ok(thrown, "the invalid row was stored");
    deepStrictEqual({ rows: file.queue.rows, lastId: file.queue.lastId }, before);
    strictEqual(file.queue.streams.get(streamOf("a"))?.seq, 5);
    commit(file, { rows: [rowOf("a", file.epoch, 6)] });
    deepStrictEqual(allRows(file).map((row) => row.id), [1, 2, 3, 4, 5, 6]);
    file.close();
  }));

Deno.test("commit() increments retry_count of the rejected rows only", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const file = openQueueFile(path);
    commit(file, { rows: rowsOf("a", file.epoch, 1, 3) });
    commit(file, { rejected: new Map([[2, 1]]) });
    commit(file, { rejected: new Map([[2, 2], [3, 1]]) });
    file.close();
    const again = openQueueFile(path);
    deepStrictEqual(allRows(again).map((row) => row.retryCount), [0, 3, 1]);
    again.close();
  }));

Deno.test("beyond max_rows the oldest rows are evicted, counted and pending as one gap", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`, { maxRows: 10 });
    commit(file, { rows: rowsOf("a", 9, 1, 8), schemas: SCHEMAS });
    const counts = commit(file, { rows: rowsOf("a", 9, 9, 15) });
    strictEqual(counts.evicted, 5);
    strictEqual(file.queue.rows, 10);
    deepStrictEqual(gapsOf(file), [["a", 9, 1, 5, "max_rows"]]);
    file.close();
  }));

Deno.test("new rows beyond max_rows are dropped before they are stored", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`, { maxRows: 4 });
    commit(file, { rows: rowsOf("a", 9, 1, 3), schemas: SCHEMAS });
    const counts = commit(file, { rows: rowsOf("a", 9, 4, 20) });
    deepStrictEqual([counts.stored, counts.evicted, file.queue.rows], [17, 16, 4]);
    deepStrictEqual(gapsOf(file), [["a", 9, 1, 16, "max_rows"]]);
    deepStrictEqual(allRows(file).map((row) => row.createdAtMs % 100), [
      17,
      18,
      19,
      20,
    ]);
    file.close();
  }));

Deno.test("rows older than max_age are evicted", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`, { maxAgeMs: 60_000 });
    const rows = rowsOf("a", 9, 1, 4).map((row, at) => ({
      ...row,
      createdAtMs: WALL_MS - 80_000 + at * 10_000,
    }));
    commit(file, { rows, schemas: SCHEMAS });
    const counts = commit(file, {});
    strictEqual(counts.evicted, 2);
    deepStrictEqual(gapsOf(file), [["a", 9, 1, 2, "max_age"]]);
    file.close();
  }));

Deno.test("with a tiny max_bytes every row is dropped and counted, and the commit returns", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`, { maxBytes: 1_000 });
    const counts = commit(file, { rows: rowsOf("a", 9, 1, 50), schemas: SCHEMAS });
    deepStrictEqual([counts.stored, counts.evicted, file.queue.rows], [50, 50, 0]);
    deepStrictEqual(gapsOf(file), [["a", 9, 1, 50, "max_bytes"]]);
    file.close();
  }));

Deno.test("held rows are not evicted: the oldest of the others are", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`, { maxRows: 40 });
    commit(file, { rows: rowsOf("a", 9, 1, 40), schemas: SCHEMAS });
    const head = allRows(file).slice(0, 3).map(({ id }) => ({ id, bytes: 1 }));
    deepStrictEqual(file.queue.hold(head), { kind: "held", rows: 2 });
    commit(file, { rows: rowsOf("a", 9, 41, 45) });
    deepStrictEqual(allRows(file).slice(0, 4).map(({ id }) => id), [1, 2, 8, 9]);
    deepStrictEqual(gapsOf(file), [["a", 9, 3, 7, "max_rows"]]);
    deepStrictEqual(file.queue.hold(head), { kind: "evicted", ids: [3] });
    // Delivered, but not deleted yet: the row must not be announced as missing.
    file.queue.settle([1]);
    file.queue.adjust({ maxBytes: 2 ** 30, maxRows: 10, maxAgeMs: null });
    file.queue.trim();
    deepStrictEqual(allRows(file).slice(0, 3).map(({ id }) => id), [1, 2, 38]);
    file.close();
  }));

Deno.test("a row larger than max_bytes is dropped, the others are kept", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`, { maxBytes: 512 * 1024 });
    commit(file, { rows: rowsOf("a", 9, 1, 5), schemas: SCHEMAS });
    commit(file, { rows: [rowOf("a", 9, 6, 600_000)] });
    commit(file, { rows: rowsOf("a", 9, 7, 9) });
    deepStrictEqual(gapsOf(file), [["a", 9, 6, 6, "max_bytes"]]);
    strictEqual(file.queue.rows, 8);
    file.close();
  }));

Deno.test("a gap is removed only after the row that announces it was delivered", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    let file = openQueueFile(path, { maxRows: 3 });
    commit(file, { rows: rowsOf("a", 9, 1, 5), schemas: SCHEMAS });
    const [gap] = pending(file.queue.gaps);
    ok(gap !== undefined);
    commit(file, { rows: [rowOf("gw", 9, 1, 20, { announcesGap: gap })] });
    deepStrictEqual(gapsOf(file), [["a", 9, 3, 3, "max_rows"]]);
    // The announcing row is itself evicted: its gap is pending again, with the new ones.
    commit(file, { rows: rowsOf("a", 9, 6, 9) });
    deepStrictEqual(gapsOf(file), [
      ["a", 9, 1, 6, "max_rows"],
      ["gw", 9, 1, 1, "max_rows"],
    ]);
    for (const one of pending(file.queue.gaps)) {
      const seq = file.queue.lastId;
      commit(file, { rows: [rowOf("gw", 9, seq, 20, { announcesGap: one })] });
    }
    file.close();
    file = openQueueFile(path, { maxRows: 3 });
    const announced = file.queue.gaps.gaps.filter((one) => one.announcedBy !== null);
    strictEqual(announced.length, 2);
    commit(file, { acknowledged: announced.map((one) => one.announcedBy ?? 0) });
    deepStrictEqual(gapsOf(file), [["a", 9, 7, 8, "max_rows"]]);
    file.close();
  }));

Deno.test("a dead-lettered row is moved to dead_letters and its number is a gap", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    commit(file, { rows: rowsOf("a", 9, 1, 3), schemas: SCHEMAS });
    const counts = commit(file, { deadLetters: new Map([[2, "INVALID_RECORD"]]) });
    strictEqual(counts.deadLetters, 1);
    deepStrictEqual(allRows(file).map((row) => row.id), [1, 3]);
    deepStrictEqual(gapsOf(file), [["a", 9, 2, 2, "refused"]]);
    const dead = file.db.statement("SELECT id, reason FROM dead_letters").rows();
    deepStrictEqual(dead.map((row) => [...row]), [[2, "INVALID_RECORD"]]);
    file.close();
  }));

Deno.test("a row with a CRC mismatch is dead-lettered and does not block the others", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    commit(file, { rows: rowsOf("a", 9, 1, 4), schemas: SCHEMAS });
    const changed = rowOf("a", 9, 2).payload;
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const put = file.db.statement(
      "UPDATE telemetry_queue SET payload = ? WHERE id = 2",
    );
    strictEqual(put.run(changed), 1);
    const query = { afterId: 0, countMax: 10, bytesMax: 1e6 };
    const page = file.reader.read(query, new Set(), file.queue.lastId);
    deepStrictEqual(page.corrupt, [2]);
    deepStrictEqual(page.rows.map((row) => row.id), [1, 3, 4]);
    commit(file, { corrupt: page.corrupt });
    deepStrictEqual(gapsOf(file), [["a", 9, 2, 2, "corrupt"]]);
    strictEqual(file.queue.rows, 3);
    file.close();
  }));

Deno.test("a damaged row is announced under its own number, whatever its payload states", () =>
  inFolder((folder) => {
    for (const wrong of [rowOf("a", 9, 99), rowOf("b", 9, 1), rowOf("a", 10, 1)]) {
      const file = openQueueFile(
        `${folder}/${wrong.key}-${wrong.epoch}-${wrong.seq}.db`,
      );
      commit(file, { rows: rowsOf("a", 9, 1, 4), schemas: SCHEMAS });
      file.db.statement("UPDATE telemetry_queue SET payload = ? WHERE id = 2")
        .run(wrong.payload);
      const counts = commit(file, { corrupt: [2] });
      strictEqual(counts.deadLetters, 1);
      deepStrictEqual(gapsOf(file), [["a", 9, 2, 2, "corrupt"]]);
      file.close();
    }
  }));

Deno.test("trim() and releasePages() enforce lowered limits at the next start", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    let file = openQueueFile(path);
    for (let first = 1; first <= 9_001; first += 1_000) {
      commit(file, { rows: rowsOf("a", 9, first, first + 999, 400), schemas: SCHEMAS });
    }
    const before = Deno.statSync(path).size;
    file.close();
    const maxBytes = 2 ** 20;
    file = openQueueFile(path, { maxBytes });
    let steps = 0;
    while (file.queue.trim().evicted > 0) steps++;
    ok(steps > 0, "nothing was evicted");
    ok(file.queue.bytes <= file.queue.limits.fileBytesMax);
    while (file.queue.releasePages()) steps++;
    file.close(); // checkpoints
    const after = Deno.statSync(path).size;
    ok(after <= maxBytes && before > maxBytes, `${before} became ${after}`);
  }));

function commit(
  file: QueueFile,
  batch: Partial<CommitBatch>,
  full = false,
): ReturnType<QueueFile["queue"]["commit"]> {
  return file.queue.commit({ ...EMPTY_BATCH, ...batch }, WALL_MS, full);
}

function gapsOf(file: QueueFile): unknown[][] {
  return pending(file.queue.gaps).map((gap) => [
    gap.stream.split("/")[1],
    gap.epoch,
    gap.firstSeq,
    gap.lastSeq,
    gap.reason,
  ]);
}

interface Step {
  readonly does: "commit" | "reopen";
  readonly count: number;
  readonly acknowledges: number;
  readonly full: boolean;
}

function anyStep(): fc.Arbitrary<Step> {
  return fc.record({
    does: fc.constantFrom(
      "commit" as const,
      "commit" as const,
      "commit" as const,
      "reopen" as const,
    ),
    count: fc.nat(40),
    acknowledges: fc.nat(7),
    full: fc.boolean(),
  });
}
