import { strictEqual } from "node:assert/strict";
import {
  FINGERPRINT,
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
  SCHEMA,
} from "../../src/testing/buffer/rows.ts";

Deno.test("the stats after close() include the last commit and its deletions", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    buffer.addSchema(FINGERPRINT, SCHEMA);
    await buffer.append(rowsOf("a", buffer.opened.epoch, 1, 3), FOREVER);
    await buffer.flush(FOREVER);
    strictEqual(buffer.stats.rows, 3);
    const rows = await buffer.oldest(
      { afterId: 0, countMax: 9, bytesMax: 1e6 },
      FOREVER,
    );
    buffer.acknowledge(rows.map(({ id }) => id));
    await buffer.close(FOREVER);
    strictEqual(buffer.stats.rows, 0);
    strictEqual(buffer.stats.delivered, 3);
  }));
