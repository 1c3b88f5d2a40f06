import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { allRows, openQueueFile } from "../testing/buffer/queue_file.ts";
import { inFolder, rowOf, rowsOf } from "../testing/buffer/rows.ts";
import type { OldestQuery } from "./buffer.ts";
import { EMPTY_BATCH } from "./queue.ts";

const TOPICS = ["inverter", "meter", "events"];

Deno.test("read() returns the rows that a plain filter over all rows returns", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    let seq = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), fc.nat(300)), { maxLength: 90 }),
        fc.array(anyQuery(), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        (added, queries, settled, hiddenIds) => {
          const rows = added.map(([topic, size]) =>
            rowOf("a", 1, ++seq, size, { topic: TOPICS[topic] ?? "" })
          );
          file.queue.commit({ ...EMPTY_BATCH, rows, acknowledged: settled }, 0, false);
          const hidden = new Set(hiddenIds);
          const all = allRows(file);
          for (const query of queries) {
            const page = file.reader.read(query, hidden, file.queue.lastId);
            strictEqual(page.continueAfter, null);
            const passing = all.filter((row) =>
              row.id > query.afterId && !hidden.has(row.id) &&
              (query.topic === undefined || row.topic === query.topic) &&
              !(query.exceptTopics ?? []).includes(row.topic)
            );
            let bytes = 0;
            const wanted = passing.slice(0, query.countMax).filter((row, at) => {
              bytes += row.payload.length;
              return at === 0 || bytes <= query.bytesMax;
            });
            deepStrictEqual(page.rows, wanted);
          }
        },
      ),
      { numRuns: 60 },
    );
    file.close();
  }));

Deno.test("read() scans for a rare topic in steps and caches the progress", () =>
  inFolder((folder) => {
    const file = openQueueFile(`${folder}/queue.db`);
    const add = (rows: ReturnType<typeof rowsOf>): void =>
      void file.queue.commit({ ...EMPTY_BATCH, rows }, 0, false);
    for (let first = 1; first <= 45_000; first += 5_000) {
      add(rowsOf("a", 1, first, first + 4_999, 1));
    }
    add([rowOf("a", 1, 45_001, 1, { topic: "rare" })]);
    const query = { afterId: 0, countMax: 10, bytesMax: 1e6, topic: "rare" };
    const search = (): number => {
      let steps = 1;
      let page = file.reader.read(query, new Set(), file.queue.lastId);
      for (; page.continueAfter !== null && steps < 100; steps++) {
        const rest = { ...query, afterId: page.continueAfter };
        page = file.reader.read(rest, new Set(), file.queue.lastId);
      }
      deepStrictEqual(page.rows.map((row) => row.id), [45_001]);
      return steps;
    };
    ok(search() > 2);
    strictEqual(search(), 1);
    file.close();
  }));

function anyQuery(): fc.Arbitrary<OldestQuery> {
  return fc.record({
    afterId: fc.nat(500),
    countMax: fc.integer({ min: 1, max: 200 }),
    bytesMax: fc.integer({ min: 1, max: 20_000 }),
    topic: fc.option(fc.constantFrom(...TOPICS, "none"), { nil: undefined }),
    exceptTopics: fc.option(fc.subarray(TOPICS), { nil: undefined }),
  }).map(({ topic, exceptTopics, ...rest }) => ({
    ...rest,
    ...(topic === undefined ? {} : { topic }),
    ...(exceptTopics === undefined ? {} : { exceptTopics }),
  }));
}
