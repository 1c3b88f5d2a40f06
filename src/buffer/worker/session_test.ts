import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
} from "../../testing/buffer/rows.ts";

Deno.test("a batch of which few rows were held at the read is held by the worker", () =>
  inFolder(async (folder) => {
    // Held rows: at most 1,000.
    const buffer = await mustOpen({ ...optionsIn(folder), maxRows: 8_000 });
    await buffer.append(rowsOf("a", buffer.opened.epoch, 1, 2_000, 20), FOREVER);
    await buffer.flush(FOREVER);
    const read = async (afterId: number) => {
      const query = { afterId, countMax: 1_000, bytesMax: 1e9, hold: true };
      return (await buffer.oldest(query, FOREVER)).slice();
    };
    const first = await read(0);
    deepStrictEqual(await buffer.hold(first, FOREVER), { kind: "held", rows: 500 });
    const second = await read(500);
    buffer.acknowledge(first.slice(0, 500).map(({ id }) => id));
    const result = await buffer.hold(second, FOREVER);
    strictEqual(result.kind, "held");
    strictEqual(result.rows > 500, true, `${result.rows} of 1,000 rows are held`);
    await buffer.close(FOREVER);
  }));
