import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { FOREVER } from "../../testing/buffer/rows.ts";
import type { OldestQuery, StoredRow } from "../buffer.ts";
import { createReadAhead, nextQuery, type RowsRead } from "./read_ahead.ts";

const PAGE_ROWS = 10;

/** A queue of rows 1 to `lastId`, read in pages. */
function queueOf(lastId: number) {
  const queries: OldestQuery[] = [];
  return {
    queries,
    lastId,
    read(query: OldestQuery): Promise<RowsRead> {
      queries.push(query);
      const count = Math.min(PAGE_ROWS, query.countMax, this.lastId - query.afterId);
      const rows = Array.from(
        { length: Math.max(0, count) },
        (_, at) => rowOf(query.afterId + 1 + at),
      );
      return Promise.resolve({ rows, lastId: this.lastId });
    },
  };
}

function rowOf(id: number): StoredRow {
  const payload = new Uint8Array(1);
  return { id, topic: "t", key: "k", payload, createdAtMs: id, retryCount: 0 };
}

const query = (afterId: number, countMax = 1_000): OldestQuery => ({
  ...{ afterId, countMax, bytesMax: 1_000 },
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const ignore = (): void => {};

Deno.test("rows that are read ahead are those that a read returns, and are read once", async () => {
  const queue = queueOf(25);
  const oldest = createReadAhead((query) => queue.read(query), ignore);
  const ids: number[] = [];
  for (;;) {
    const rows = await oldest(query(ids.at(-1) ?? 0), FOREVER);
    if (rows.length === 0) break;
    ids.push(...rows.map(({ id }) => id));
  }
  deepStrictEqual(ids, Array.from({ length: 25 }, (_, at) => at + 1));
  deepStrictEqual(queue.queries.map(({ afterId }) => afterId), [0, 10, 20, 25]);
});

Deno.test("the next page is requested before the caller asks for it", async () => {
  const queue = queueOf(25);
  const oldest = createReadAhead((query) => queue.read(query), ignore);
  await oldest(query(0), FOREVER);
  deepStrictEqual(queue.queries.map(({ afterId }) => afterId), [0, 10]);
});

Deno.test("a query that does not continue the last one discards what was read ahead", async () => {
  const queue = queueOf(100);
  const oldest = createReadAhead((query) => queue.read(query), ignore);
  await oldest(query(0), FOREVER);
  const one = await oldest({ ...query(10), topic: "t" }, FOREVER);
  strictEqual(one[0]?.id, 11);
  deepStrictEqual((await oldest(query(0), FOREVER))[0]?.id, 1);
  strictEqual((await oldest(query(10, 3), FOREVER)).length, 3);
});

Deno.test("rows in memory and rows read ahead stay within the limit of the query", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(30), fc.nat(100), (countMax, count, more) => {
      const rows = Array.from(
        { length: Math.min(count, countMax) },
        (_, at) => rowOf(at + 1),
      );
      const next = nextQuery(query(0, countMax), { rows, lastId: rows.length + more });
      if (next === undefined) {
        return;
      }
      ok(rows.length > 0 && more > 0, "there is a next row");
      ok(rows.length + next.countMax <= countMax);
      strictEqual(next.afterId, rows.length);
    }),
  );
});

Deno.test("a failed read ahead is repeated, and its error is the caller's", async () => {
  const queue = queueOf(30);
  let failing = false;
  const oldest = createReadAhead(
    (query) => failing ? Promise.reject(new Error("disk")) : queue.read(query),
    ignore,
  );
  await oldest(query(0), FOREVER);
  failing = true;
  await oldest(query(10), FOREVER); // was read ahead; its own read ahead fails
  await rejects(oldest(query(20), FOREVER), /disk/);
  failing = false;
  strictEqual((await oldest(query(20), FOREVER))[0]?.id, 21);
});

Deno.test("an abort ends a wait for rows that are read ahead", async () => {
  const queue = queueOf(30);
  let reads = 0;
  const oldest = createReadAhead(
    (query) => ++reads === 2 ? new Promise(() => {}) : queue.read(query),
    ignore,
  );
  await oldest(query(0), FOREVER);
  const stop = new AbortController();
  const waiting = oldest(query(10), stop.signal);
  stop.abort(new Error("stopped"));
  await rejects(waiting, /stopped/);
  strictEqual((await oldest(query(10), FOREVER))[0]?.id, 11);
});

Deno.test("rows that were read and are not returned are discarded", async () => {
  const queue = queueOf(100);
  const discarded: number[] = [];
  const oldest = createReadAhead(
    async (query) => {
      await turn();
      return queue.read(query);
    },
    (rows) => discarded.push(...rows.map(({ id }) => id)),
  );
  const idsFrom = (first: number) => Array.from({ length: 10 }, (_, at) => first + at);

  await oldest(query(0), FOREVER);
  await oldest({ ...query(0), topic: "t" }, FOREVER); // does not continue the first one
  deepStrictEqual(discarded.splice(0), idsFrom(11));

  await oldest(query(20), FOREVER);
  await oldest(query(30, 3), FOREVER); // fewer rows than were read ahead
  deepStrictEqual(discarded.splice(0), idsFrom(31));

  const stop = new AbortController();
  const reading = oldest(query(50), stop.signal);
  await Promise.resolve(); // nothing was read ahead for it
  stop.abort(new Error("stopped"));
  await rejects(reading, /stopped/);
  await turn();
  await turn();
  deepStrictEqual(discarded, idsFrom(51));
});
