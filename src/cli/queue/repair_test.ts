import { ok, strictEqual } from "node:assert/strict";
import { EMPTY_BATCH } from "../../buffer/queue.ts";
import { DISK } from "../../buffer/store/sqlite.ts";
import { openQueueFile, type QueueFile } from "../../testing/buffer/queue_file.ts";
import { FINGERPRINT, inFolder, rowsOf, SCHEMA } from "../../testing/buffer/rows.ts";
import { EXIT } from "../framework/exit_codes.ts";
import { repairRows } from "./repair.ts";

Deno.test("salvage refuses the buffer of another running agent and does not touch it", () =>
  inFolder((folder) => {
    const { path, from, live } = twoBuffers(folder);
    const refused = repairRows({ path, maxBytes: null }, from, 0);
    ok(!refused.ok, "the buffer of a running agent was read");
    strictEqual(refused.fault.code, EXIT.unavailable);
    ok(refused.fault.detail.includes(`process ${Deno.pid}`), refused.fault.detail);
    ok(DISK.sizeOf(from) !== undefined, "the file was renamed");
    live.close();
    const done = repairRows({ path, maxBytes: null }, from, 0);
    ok(done.ok && done.value.code === EXIT.ok);
    const file = openQueueFile(path);
    strictEqual(file.queue.rows, 40);
    file.close();
  }));

Deno.test("salvage refuses a file that is not a buffer, and does not rename it", () =>
  inFolder((folder) => {
    const { path, live } = twoBuffers(folder);
    live.close();
    const other = `${folder}/other.db`;
    const db = DISK.open(other);
    db.exec("CREATE TABLE theirs(a)");
    db.close();
    const refused = repairRows({ path, maxBytes: null }, other, 0);
    ok(!refused.ok && refused.fault.detail.includes("is not a buffer"));
    ok(DISK.sizeOf(other) !== undefined);
  }));

function twoBuffers(
  folder: string,
): { path: string; from: string; live: QueueFile } {
  const path = `${folder}/queue.db`;
  openQueueFile(path).close();
  const from = `${folder}/other-agent.db`;
  const live = openQueueFile(from);
  const rows = rowsOf("a", live.epoch, 1, 40);
  const schemas = new Map([[FINGERPRINT, SCHEMA]]);
  live.queue.commit({ ...EMPTY_BATCH, rows, schemas }, 0, true);
  return { path, from, live };
}
