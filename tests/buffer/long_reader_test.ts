/**
 * A process that reads the buffer in one long transaction keeps the log from being
 * reused: the statistics show it, storing goes on, and the log shrinks afterwards.
 */

import { ok } from "node:assert/strict";
import { openDb } from "../../src/buffer/store/sqlite.ts";
import {
  FINGERPRINT,
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
  SCHEMA,
} from "../../src/testing/buffer/rows.ts";

Deno.test("a long reader makes the log exceed its share, which the statistics show", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder, { maxBytes: 2 ** 20 });
    const buffer = await mustOpen(options);
    buffer.addSchema(FINGERPRINT, SCHEMA);
    const { epoch } = buffer.opened;
    let seq = 0;
    const store = async (commits: number): Promise<void> => {
      for (let n = 0; n < commits; n++, seq += 20) {
        await buffer.append(rowsOf("a", epoch, seq + 1, seq + 20, 500), FOREVER);
        await buffer.flush(FOREVER);
      }
    };
    const isExceeded = (): boolean => buffer.stats.logBytes > buffer.stats.logBytesMax;
    await store(40);
    ok(!isExceeded(), `${buffer.stats.logBytes} bytes without a reader`);
    // In this process the locks are not those of another one, but the log is held alike.
    const reader = openDb(options.path, { readOnly: true });
    reader.exec("BEGIN");
    reader.statement("SELECT count(*) FROM telemetry_queue").rows();
    await store(40);
    ok(isExceeded(), `${buffer.stats.logBytes} bytes with a reader`);
    ok(buffer.stats.failedCommits === 0);
    reader.exec("COMMIT");
    await store(40);
    ok(!isExceeded(), `${buffer.stats.logBytes} bytes after the reader`);
    await buffer.close(FOREVER);
    reader.close();
  }));
