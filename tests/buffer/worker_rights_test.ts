import { deepStrictEqual, rejects } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { openBuffer } from "../../src/buffer/worker/client.ts";
import {
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
} from "../../src/testing/buffer/rows.ts";

Deno.test("the buffer's worker has no permission outside its folder", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/queue`);
    const workerUrl = new URL("./prying_worker.ts", import.meta.url);
    await rejects(
      openBuffer(
        { ...optionsIn(folder), path: `${folder}/queue/q.db`, workerUrl },
        SYSTEM_CLOCK,
        FOREVER,
      ),
      { message: /could: \.$/ },
    );
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["queue"]);
  }));

Deno.test("the file of a buffer may be a symbolic link to another disk", () =>
  inFolder(async (folder) => {
    for (const name of ["disk", "state"]) await Deno.mkdir(`${folder}/${name}`);
    const path = `${folder}/state/queue.db`;
    for (let epoch = 1; epoch <= 2; epoch++) {
      if (epoch === 1) {
        // An empty file is a valid SQLite database.
        await Deno.writeTextFile(`${folder}/disk/queue.db`, "");
        await Deno.symlink(`${folder}/disk/queue.db`, path);
      }
      const buffer = await mustOpen({ ...optionsIn(folder), path });
      await buffer.append(rowsOf("a", epoch, 1, 10), FOREVER);
      await buffer.flush(FOREVER);
      await buffer.close(FOREVER);
    }
    const names = [...Deno.readDirSync(`${folder}/disk`)].map(({ name }) => name);
    deepStrictEqual(names.sort(), ["queue.db", "queue.db.lock", "queue.db.reserve"]);
  }));
