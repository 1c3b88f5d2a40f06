import { ok, rejects, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { BufferFailure } from "../../src/buffer/buffer.ts";
import { openBuffer } from "../../src/buffer/worker/client.ts";
import { openQueueFile } from "./queue_file.ts";
import { FOREVER, inFolder, mustOpen, optionsIn, rowsOf } from "./rows.ts";

const ALL = { afterId: 0, countMax: 10_000, bytesMax: 1e9 };

Deno.test("when the worker dies, everyone who waits is told, and all who come", () =>
  inFolder(async (folder) => {
    const workerUrl = new URL("./dying_worker.ts", import.meta.url);
    const options = optionsIn(folder, { flushIntervalMs: 60_000, workerUrl });
    const buffer = await mustOpen(options);
    await buffer.append(rowsOf("a", 1, 1, 10), FOREVER);
    const planted = { name: "BufferFailure", message: /planted in the worker/ };
    const told = [
      rejects(buffer.waitForRows(0, FOREVER), planted),
      rejects(buffer.waitForRows(5, FOREVER), planted),
    ];
    await buffer.schema("die", FOREVER).catch(() => {});
    await Promise.all(told);
    await rejects(buffer.append(rowsOf("a", 1, 11, 11), FOREVER), planted);
    await rejects(buffer.flush(FOREVER), planted);
    await rejects(buffer.oldest(ALL, FOREVER), planted);
    await rejects(buffer.close(FOREVER), planted);
  }));

Deno.test("a worker that cannot be loaded is a failure, not a hang", () =>
  inFolder(async (folder) => {
    const workerUrl = new URL("./no_such_worker.ts", import.meta.url);
    await rejects(
      openBuffer(optionsIn(folder, { workerUrl }), SYSTEM_CLOCK, FOREVER),
      BufferFailure,
    );
  }));

Deno.test("a file found damaged in use ends the worker; the next start begins a fresh one", () =>
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
    ok(after.setAside?.includes(".damaged-"), `put aside: ${after.setAside}`);
    strictEqual(after.queue.rows, 0);
    after.close();
  }));

/** By another process: closing the file in this one would drop SQLite's locks. */
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
  ok(success, "the file could not be damaged");
}
