import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fillFile } from "../../testing/buffer/damaged_files.ts";
import { FOREVER, inFolder, mustOpen, optionsIn } from "../../testing/buffer/rows.ts";
import { EMPTY_BATCH } from "../queue.ts";
import { openQueueFile } from "../../testing/buffer/queue_file.ts";

const ALL = { afterId: 0, countMax: 10_000, bytesMax: 1e9 };

Deno.test("a worker delivers the whole rows of a damaged file and announces the others, without a restart", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder);
    const stored = fillFile(options.path, 60);
    const damaged = damageTime(options.path, stored.rows[12]?.createdAtMs ?? 0);
    ok(damaged > 0, "no row was damaged");
    const file = openQueueFile(options.path);
    file.db.exec("UPDATE telemetry_queue SET key = 'inv-03' WHERE id = 30");
    file.db.exec("UPDATE telemetry_queue SET id = 1 << 60 WHERE id = 40");
    file.queue.commit(EMPTY_BATCH, 0, true);
    file.close();

    const buffer = await mustOpen(options);
    strictEqual(buffer.opened.quarantinePath, undefined);
    strictEqual(buffer.opened.rows, 61);
    const rows = await buffer.oldest(ALL, FOREVER);
    await buffer.flush(FOREVER);
    // Damaged times and one damaged key; the row with the damaged id is whole.
    strictEqual(rows.length, 61 - damaged - 1);
    strictEqual(buffer.stats.deadLetters, damaged + 1);
    const announced = buffer.pendingGaps.filter(({ reason }) => reason === "corrupt");
    const lost = announced.reduce(
      (sum, gap) => sum + gap.lastSeq - gap.firstSeq + 1,
      0,
    );
    strictEqual(lost, damaged + 1);
    const known = new Set(stored.rows.map((row) => row.payload.toHex()));
    ok(rows.every((row) => known.has(row.payload.toHex())));
    buffer.acknowledge(rows.map(({ id }) => id));
    await buffer.flush(FOREVER);
    deepStrictEqual([buffer.stats.rows, buffer.stats.lastError], [0, null]);
    await buffer.close(FOREVER);
  }));

/**
 * Flips a bit of `created_at` in the rows of that time, but not in their index: SQLite
 * refuses to delete such rows.
 *
 * @returns the number of damaged rows
 */
function damageTime(path: string, timeMs: number): number {
  const bytes = Deno.readFileSync(path);
  const time = Uint8Array.fromHex(timeMs.toString(16).padStart(12, "0"));
  let damaged = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isRow = time.every((byte, index) => bytes[at + index] === byte) &&
      bytes[Math.floor(at / 4096) * 4096] === 0x0d; // a leaf of a table
    if (!isRow) continue;
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 0x40;
    damaged++;
  }
  Deno.writeFileSync(path, bytes);
  return damaged;
}
