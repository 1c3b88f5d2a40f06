import { ok, rejects, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { BufferFailure } from "../../src/buffer/buffer.ts";
import { openBuffer } from "../../src/buffer/worker/client.ts";
import { openQueueFile } from "../../src/testing/buffer/queue_file.ts";
import {
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
} from "../../src/testing/buffer/rows.ts";

const ALL = { afterId: 0, countMax: 10_000, bytesMax: 1e9 };

Deno.test("when the worker crashes, pending and future calls reject", () =>
  inFolder(async (folder) => {
    const workerUrl = new URL("./dying_worker.ts", import.meta.url);
    const options = optionsIn(folder, { flushIntervalMs: 60_000, workerUrl });
    const buffer = await mustOpen(options);
    await buffer.append(rowsOf("a", 1, 1, 10), FOREVER);
    const crash = { name: "BufferFailure", message: /simulated worker crash/ };
    const rejections = [
      rejects(buffer.waitForRows(0, FOREVER), crash),
      rejects(buffer.waitForRows(5, FOREVER), crash),
    ];
    await buffer.schema("die", FOREVER).catch(() => {});
    await Promise.all(rejections);
    await rejects(buffer.append(rowsOf("a", 1, 11, 11), FOREVER), crash);
    await rejects(buffer.flush(FOREVER), crash);
    await rejects(buffer.oldest(ALL, FOREVER), crash);
    await rejects(buffer.close(FOREVER), crash);
  }));

Deno.test("openBuffer() rejects if the worker cannot be loaded", () =>
  inFolder(async (folder) => {
    const workerUrl = new URL("./no_such_worker.ts", import.meta.url);
    await rejects(
      openBuffer(optionsIn(folder, { workerUrl }), SYSTEM_CLOCK, FOREVER),
      BufferFailure,
    );
  }));

Deno.test("damage found in use ends the worker, and the next start quarantines the file", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder);
    let buffer = await mustOpen(options);
    await buffer.append(rowsOf("a", 1, 1, 5_000, 2_000), FOREVER);
    await buffer.flush(FOREVER);
    await buffer.close(FOREVER);
    buffer = await mustOpen(options);
    overwrite(options.path, 200 * 4096, 1_800 * 4096);
    await rejects(
      async () => {
        for (let afterId = 0; afterId < 5_000;) {
          const rows = await buffer.oldest({ ...ALL, afterId, countMax: 500 }, FOREVER);
          afterId = rows.at(-1)?.id ?? afterId + 500;
        }
      },
      { name: "BufferFailure", message: /malformed/ },
    );
    ok(Deno.statSync(`${options.path}.suspect`).isFile);
    const after = openQueueFile(options.path);
    ok(
      after.quarantinePath?.includes(".damaged-"),
      `quarantined: ${after.quarantinePath}`,
    );
    strictEqual(after.queue.rows, 0);
    after.close();
  }));

/** Runs in another process: closing the file in this one would drop SQLite's locks. */
function overwrite(path: string, from: number, to: number): void {
  const { success } = new Deno.Command("dd", {
    args: [
      "if=/dev/urandom",
      `of=${path}`,
      "bs=4096",
      `seek=${from / 4096}`,
      `count=${(to - from) / 4096}`,
      "conv=notrunc",
    ],
    stderr: "null",
  }).outputSync();
  ok(success, "cannot overwrite the file");
}
