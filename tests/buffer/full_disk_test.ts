import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fillDisk, onSmallDisk } from "../../src/testing/disk/small_disk.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { type Buffer, BufferFailure } from "../../src/buffer/buffer.ts";
import {
  CONTRACT_SCHEMAS,
  contractSchemaText,
} from "../../src/records/avro/writer_schema.ts";
import { readRecordHead } from "../../src/records/avro/payload_head.ts";
import {
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
} from "../../src/testing/buffer/rows.ts";

const ALL = { afterId: 0, countMax: 100_000, bytesMax: 1e9 };

Deno.test("on a full disk rows stay in memory, the stats report the error, and commits resume with free space", () =>
  onTinyDisk(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    const { epoch } = buffer.opened;
    Deno.writeFileSync(`${folder}/ballast`, new Uint8Array(1_200_000));
    let seq = 0;
    const deadlineMs = SYSTEM_CLOCK.monotonicMs() + 20_000;
    while (buffer.stats.lastError === null) {
      ok(SYSTEM_CLOCK.monotonicMs() < deadlineMs, "the disk did not fill up");
      await buffer.append(rowsOf("a", epoch, seq + 1, seq + 50, 1_000), FOREVER);
      seq += 50;
      await SYSTEM_CLOCK.sleep(10, FOREVER);
    }
    match(buffer.stats.lastError, /^disk full: /);
    ok(buffer.stats.waiting > 0);
    ok(buffer.stats.failedCommits > 0);

    // What is on disk can still be read and delivered.
    const stored = await buffer.oldest({ ...ALL, countMax: 10 }, FOREVER);
    strictEqual(stored.length, 10);
    const stop = AbortSignal.timeout(300);
    const flushed = await buffer.flush(stop).then(() => true, () => false);
    strictEqual(flushed, false, "a flush succeeded on a full disk");

    Deno.removeSync(`${folder}/ballast`);
    await buffer.flush(FOREVER);
    strictEqual(buffer.stats.lastError, null);
    strictEqual(buffer.stats.waiting, 0);
    const rows = await buffer.oldest(ALL, FOREVER);
    strictEqual(rows.length, seq);
    rows.forEach((row, at) => strictEqual(readRecordHead(row.payload)?.seq, at + 1));
    await buffer.close(FOREVER);
  }));

Deno.test("a disk filled by others does not stop rows that are delivered promptly", () =>
  onTinyDisk(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder, { maxBytes: 2 ** 20 }));
    const { epoch } = buffer.opened;
    let seq = 0;
    const pass = async (): Promise<void> => {
      await buffer.append(rowsOf("a", epoch, seq + 1, seq + 20, 500), FOREVER);
      seq += 20;
      await buffer.flush(AbortSignal.timeout(10_000));
      const rows = await buffer.oldest(ALL, FOREVER);
      buffer.acknowledge(rows.map((row) => row.id));
    };
    for (let turn = 0; turn < 40; turn++) await pass();
    fillDisk(`${folder}/ballast`);
    for (let turn = 0; turn < 200; turn++) await pass();
    strictEqual(buffer.stats.lastError, null);
    strictEqual(buffer.stats.delivered, seq - 20);
    await buffer.close(FOREVER);
  }));

Deno.test("rows that were stored just before a disk was filled by others can be delivered and deleted", () =>
  onTinyDisk(async (folder) => {
    // The log has not been copied into the file yet, which has to grow for that.
    const buffer = await mustOpen(optionsIn(folder, { maxBytes: 8 * 2 ** 20 }));
    const stored = await storeRows(buffer, 450);
    fillDisk(`${folder}/ballast`);
    await deliverAll(buffer, stored + await storeUntilFull(buffer, stored));
  }, "4m"));

for (const leftKiB of [700, 1_600, 3_000]) {
  Deno.test(`rows can be delivered and deleted on a disk that has ${leftKiB} KiB left at the start`, () =>
    onTinyDisk(async (folder) => {
      const ballast = 12 * 1024 - leftKiB - 40;
      Deno.writeFileSync(`${folder}/ballast`, new Uint8Array(ballast * 1024));
      const buffer = await mustOpen(optionsIn(folder, { maxBytes: 64 * 2 ** 20 }));
      await deliverAll(buffer, await storeUntilFull(buffer, 0));
    }, "12m"));
}

Deno.test("a reload that raises max_bytes enlarges the reserve", () =>
  onTinyDisk(async (folder) => {
    const small = optionsIn(folder, { maxBytes: 2 ** 20 });
    const buffer = await mustOpen(small);
    buffer.adjust({ ...small, maxBytes: 64 * 2 ** 20 });
    const stored = await storeRows(buffer, 780);
    ok(Deno.statSync(`${folder}/queue.db.reserve`).size > 4_000_000);
    fillDisk(`${folder}/ballast`);
    await deliverAll(buffer, stored + await storeUntilFull(buffer, stored));
  }, "12m"));

Deno.test("a schema that is new on a full disk is stored, and its rows are delivered", () =>
  onTinyDisk(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder, { maxBytes: 2 ** 20 }));
    const { epoch } = buffer.opened;
    const delivered = await storeRows(buffer, 30);
    buffer.acknowledge((await buffer.oldest(ALL, FOREVER)).map(({ id }) => id));
    await buffer.flush(AbortSignal.timeout(10_000));
    fillDisk(`${folder}/ballast`);
    const texts = [...CONTRACT_SCHEMAS.values()].map(({ fingerprint }) =>
      [fingerprint, contractSchemaText(fingerprint) ?? ""] as const
    );
    ok(texts.some(([, text]) => text.length > 35_000));
    let seq = delivered;
    for (let turn = 0; turn < 40; turn++) {
      for (const [fingerprint, text] of texts) {
        buffer.addSchema(fingerprint, text);
      }
      await buffer.append(rowsOf("a", epoch, seq + 1, seq + 20, 500), FOREVER);
      seq += 20;
      await buffer.flush(AbortSignal.timeout(20_000));
      const rows = await buffer.oldest(ALL, FOREVER);
      strictEqual(rows.length, 20);
      buffer.acknowledge(rows.map(({ id }) => id));
    }
    ok(buffer.stats.isDiskFull);
    await buffer.close(FOREVER);
  }));

async function storeRows(buffer: Buffer, count: number): Promise<number> {
  for (let seq = 0; seq < count; seq += 30) {
    await buffer.append(
      rowsOf("a", buffer.opened.epoch, seq + 1, seq + 30, 500),
      FOREVER,
    );
    await buffer.flush(AbortSignal.timeout(10_000));
  }
  return count;
}

/** Appends rows until the disk is full; returns their number. */
async function storeUntilFull(buffer: Buffer, stored: number): Promise<number> {
  const { epoch } = buffer.opened;
  const deadlineMs = SYSTEM_CLOCK.monotonicMs() + 20_000;
  let seq = stored;
  while (!buffer.stats.isDiskFull || buffer.stats.lastError === null) {
    ok(SYSTEM_CLOCK.monotonicMs() < deadlineMs, "the disk did not fill up");
    await buffer.append(rowsOf("a", epoch, seq + 1, seq + 20, 500), FOREVER);
    seq += 20;
    await SYSTEM_CLOCK.sleep(10, FOREVER);
  }
  return seq - stored;
}

/** Delivers `count` rows on a full disk, which deletes all of them. */
async function deliverAll(buffer: Buffer, count: number): Promise<void> {
  const deadlineMs = SYSTEM_CLOCK.monotonicMs() + 20_000;
  for (let delivered = 0; delivered < count;) {
    ok(
      SYSTEM_CLOCK.monotonicMs() < deadlineMs,
      `${delivered} of ${count} delivered, ${buffer.stats.delivered} deleted`,
    );
    const rows = await buffer.oldest(ALL, FOREVER);
    buffer.acknowledge(rows.map((row) => row.id));
    delivered += rows.length;
    await SYSTEM_CLOCK.sleep(100, FOREVER);
  }
  await buffer.flush(AbortSignal.timeout(10_000));
  const { delivered, rows, evicted } = buffer.stats;
  deepStrictEqual({ delivered, rows, evicted }, {
    delivered: count,
    rows: 0,
    evicted: 0,
  });
  await buffer.close(FOREVER);
}

Deno.test("append() waits while the disk is full, and close() reports the lost rows", () =>
  onTinyDisk(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    const { epoch } = buffer.opened;
    let seq = 0;
    let isBlocked = false;
    while (!isBlocked && seq < 100_000) {
      const rows = rowsOf("a", epoch, seq + 1, seq + 500, 2_000);
      const stop = AbortSignal.timeout(1_500);
      isBlocked = await buffer.append(rows, stop).then(() => false, () => true);
      if (!isBlocked) seq += 500;
    }
    ok(isBlocked, "append() never waited");
    await SYSTEM_CLOCK.sleep(100, FOREVER);
    const { stored, waiting } = buffer.stats;
    strictEqual(stored + waiting, seq);
    await buffer.close(FOREVER).then(
      () => ok(false, "close() reported no loss"),
      (error) => {
        ok(error instanceof BufferFailure);
        match(error.message, new RegExp(`${waiting} rows are lost: disk full`));
      },
    );
  }));

/** Runs `work` on a small file system of its own. */
function onTinyDisk(
  work: (folder: string) => Promise<void>,
  size: "2m" | "4m" | "12m" = "2m",
): Promise<void> {
  return inFolder((folder) => onSmallDisk(folder, size, () => work(folder)));
}
