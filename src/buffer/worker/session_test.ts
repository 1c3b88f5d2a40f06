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

Deno.test("rows held at the read can be released after others of their batch were evicted", () =>
  inFolder(async (folder) => {
    const options = { ...optionsIn(folder), maxRows: 80 };
    const buffer = await mustOpen(options);
    await buffer.append(rowsOf("a", buffer.opened.epoch, 1, 40), FOREVER);
    await buffer.flush(FOREVER);
    const query = { afterId: 0, countMax: 1_000, bytesMax: 1e9 };
    const rows = await buffer.oldest({ ...query, hold: true }, FOREVER);
    const idsLeft = async (maxRows: number): Promise<number[]> => {
      buffer.adjust({ ...options, maxRows });
      await buffer.flush(FOREVER);
      return (await buffer.oldest(query, FOREVER)).map(({ id }) => id);
    };
    deepStrictEqual(await idsLeft(10), [1, 2, 3, 4, 5, 36, 37, 38, 39, 40]);
    const result = await buffer.hold(rows.slice(0, 20), FOREVER);
    deepStrictEqual(result, {
      kind: "evicted",
      ids: Array.from({ length: 15 }, (_, at) => 6 + at),
    });
    buffer.releaseUnsent();
    deepStrictEqual(await idsLeft(6), [5, 36, 37, 38, 39, 40]);
    await buffer.close(FOREVER);
  }));
