import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { allRows, openQueueFile } from "../../testing/buffer/queue_file.ts";
import { inFolder, rowOf } from "../../testing/buffer/rows.ts";
import type { NewRow, OldestQuery, StoredRow } from "../buffer.ts";
import { EMPTY_BATCH, type QueueLimits } from "../queue.ts";
import type { QueueChange } from "../queue_state.ts";
import { createFreshRows } from "./fresh_rows.ts";

const TOPICS = ["inverter", "meter"];
/** The smallest evicts rows that were not read. */
const ROWS_MAX = [15, 150];

Deno.test("no more rows are kept than the sender's last read leaves room for", () =>
  inFolder((folder) => {
    const world = openWorld(`${folder}/queue.db`, {});
    try {
      const all = { afterId: 0, countMax: 1_000, bytesMax: 1e9 };
      world.read(all);
      world.append(Array.from({ length: 60 }, (_, at) => rowOf("a", 1, at + 1, 10)));
      world.read({ ...all, countMax: 20, topic: "none" }); // its memory is nearly full
      const before = world.readsFromMemory();
      const { rows, expected } = world.read(all);
      deepStrictEqual(rows, expected);
      strictEqual(world.readsFromMemory(), before, "the rows had been kept");
    } finally {
      world.close();
    }
  }));

Deno.test("read() returns the rows that the file would return, after any changes", () =>
  inFolder((folder) => {
    const append = fc.record({
      kind: fc.constant("append" as const),
      rows: fc.integer({ min: 1, max: 20 }),
      bytes: fc.nat(300),
    });
    const remove = fc.record({
      kind: fc.constantFrom("acknowledge" as const, "deadLetter" as const),
      count: fc.nat(30),
      newest: fc.boolean(),
    });
    const hide = fc.record({
      kind: fc.constant("hide" as const),
      count: fc.nat(5),
      newest: fc.boolean(),
    });
    const read = fc.record({
      kind: fc.constant("read" as const),
      countMax: fc.constantFrom(5, 50, 1_000, 1_000),
      bytesMax: fc.constantFrom(500, 1_000_000, 1_000_000),
      exceptTopics: fc.constantFrom([], [], [], ["meter"]),
      back: fc.constantFrom(0, 0, 0, 7),
    });
    const steps = fc.array(
      fc.oneof(
        { arbitrary: append, weight: 5 },
        { arbitrary: read, weight: 8 },
        { arbitrary: remove, weight: 1 },
        { arbitrary: hide, weight: 1 },
      ),
      { minLength: 30, maxLength: 60 },
    );
    let files = 0;
    let fromMemory = 0;
    fc.assert(
      fc.property(steps, fc.constantFrom(...ROWS_MAX), (steps, maxRows) => {
        const world = openWorld(`${folder}/${++files}.db`, { maxRows });
        let cursor = 0;
        let seq = 0;
        for (const step of steps) {
          switch (step.kind) {
            case "append":
              world.append(
                Array.from(
                  { length: step.rows },
                  () =>
                    rowOf("a", 1, ++seq, step.bytes, { topic: TOPICS[seq % 2] ?? "" }),
                ),
              );
              break;
            case "acknowledge":
            case "deadLetter":
              world.remove(step.kind, step.count, step.newest);
              break;
            case "hide":
              world.hide(step.count, step.newest);
              break;
            default: {
              const { countMax, bytesMax, exceptTopics, back } = step;
              const afterId = Math.max(0, cursor - back);
              const query = { afterId, countMax, bytesMax, exceptTopics };
              const { rows, expected } = world.read(query);
              deepStrictEqual(rows, expected);
              cursor = rows.at(-1)?.id ?? cursor;
            }
          }
        }
        fromMemory += world.readsFromMemory();
        world.close();
      }),
      { numRuns: 30 },
    );
    ok(fromMemory > 20, `${fromMemory} reads from memory`);
  }));

Deno.test("read() does not read the file for a sender that has read all rows", () =>
  inFolder((folder) => {
    const world = openWorld(`${folder}/queue.db`);
    const query = { countMax: 100, bytesMax: 1e6 };
    world.append([rowOf("a", 1, 1)]);
    strictEqual(world.read({ ...query, afterId: 0 }).rows.length, 1);
    strictEqual(world.readsFromMemory(), 0);
    world.append([rowOf("a", 1, 2), rowOf("a", 1, 3)]);
    world.append([rowOf("a", 1, 4)]);
    strictEqual(world.read({ ...query, afterId: 1 }).rows.length, 3);
    strictEqual(world.readsFromMemory(), 1);
    world.close();
  }));

Deno.test("read() reads the file if the rows in memory exceed the limit of the sender", () =>
  inFolder((folder) => {
    const world = openWorld(`${folder}/queue.db`);
    const query = { countMax: 3, bytesMax: 1e6 };
    world.read({ ...query, afterId: 0 });
    const rows = (from: number, to: number): NewRow[] =>
      Array.from({ length: to - from }, (_, at) => rowOf("a", 1, from + at));
    world.append(rows(1, 4));
    world.append(rows(4, 5));
    strictEqual(world.read({ ...query, afterId: 0 }).rows.length, 3);
    strictEqual(world.readsFromMemory(), 0);
    strictEqual(world.read({ ...query, afterId: 3 }).rows.length, 1);
    world.append(rows(5, 6));
    strictEqual(world.read({ ...query, afterId: 4 }).rows.length, 1);
    strictEqual(world.readsFromMemory(), 1);
    world.close();
  }));

/** A queue whose rows are read from memory or from its file. */
interface World {
  append(rows: readonly NewRow[]): void;
  /** Removes the first or the last rows of the queue, which the sender may have read or not. */
  remove(kind: "acknowledge" | "deadLetter", count: number, newest: boolean): void;
  /** The first or the last rows of the queue are delivered and not deleted yet. */
  hide(count: number, newest: boolean): void;
  /** `expected`: what the file returns. */
  read(query: OldestQuery): {
    readonly rows: readonly StoredRow[];
    readonly expected: readonly StoredRow[];
  };
  readsFromMemory(): number;
  close(): void;
}

function openWorld(path: string, limits: Partial<QueueLimits> = {}): World {
  let onChange: (change: QueueChange) => void = () => {};
  const file = openQueueFile(path, limits, undefined, (change) => onChange(change));
  let readsOfFile = 0;
  let reads = 0;
  const fresh = createFreshRows({
    readEach(...query) {
      readsOfFile++;
      return file.reader.readEach(...query);
    },
  });
  onChange = fresh.apply;
  let hidden = new Set<number>();

  const commit = (changes: Partial<typeof EMPTY_BATCH>): void =>
    void file.queue.commit({ ...EMPTY_BATCH, ...changes }, 0, false);
  const idsOf = (count: number, newest: boolean): number[] => {
    const ids = allRows(file).map(({ id }) => id).filter((id) => !hidden.has(id));
    return newest ? ids.slice(Math.max(0, ids.length - count)) : ids.slice(0, count);
  };
  return {
    append: (rows) => commit({ rows }),
    remove(kind, count, newest) {
      const ids = idsOf(count, newest);
      if (kind === "acknowledge") commit({ acknowledged: ids });
      else commit({ deadLetters: new Map(ids.map((id) => [id, "refused"])) });
    },
    hide(count, newest) {
      hidden = new Set(idsOf(count, newest));
    },
    read(query) {
      reads++;
      const { rows } = fresh.read(query, hidden, file.queue.lastId);
      const expected = file.reader.read(query, hidden, file.queue.lastId).rows;
      return { rows, expected };
    },
    readsFromMemory: () => reads - readsOfFile,
    close: file.close,
  };
}
