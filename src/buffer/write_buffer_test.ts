import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { createFakeClock, type FakeClock } from "../base/clock.ts";
import { openQueueFile } from "../../tests/buffer/queue_file.ts";
import { FINGERPRINT, inFolder, rowsOf, SCHEMA } from "../../tests/buffer/rows.ts";
import { DbFailure, type DbTrouble } from "./store/database.ts";
import { createKeeper, type Keeper } from "./write_buffer.ts";
import { type Batch, type CommitCounts, EMPTY_BATCH, type Queue } from "./queue.ts";

const PACE = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };

Deno.test(
  "rows are committed once the flush interval is over, and synced within the window",
  inWorld(async ({ keeper, commits, clock, run }) => {
    keeper.append(rowsOf("a", 1, 1, 2));
    strictEqual(keeper.dueMs(), 1_000);
    await run(999);
    deepStrictEqual(commits, []);
    await run(1);
    deepStrictEqual(commits, [{ rows: 2, full: false, atMs: 1_000 }]);
    await run(999);
    strictEqual(commits.length, 1);
    await run(1); // nothing followed: the window is closed all the same
    deepStrictEqual(commits[1], { rows: 0, full: true, atMs: 2_000 });
    strictEqual(keeper.dueMs(), Infinity);
    strictEqual(clock.monotonicMs(), 2_000);
  }),
);

Deno.test(
  "a flush makes all that waits durable at once",
  inWorld(({ keeper, commits }) => {
    keeper.append(rowsOf("a", 1, 1, 3));
    keeper.settle([1, 2]);
    ok(keeper.commit(true));
    deepStrictEqual(commits, [{ rows: 3, full: true, atMs: 0 }]);
    ok(keeper.commit(true)); // and there is nothing left to do
    strictEqual(commits.length, 1);
  }),
);

Deno.test(
  "many rows go in several transactions, of which the last is synced",
  inWorld(({ keeper, commits }) => {
    keeper.append(rowsOf("a", 1, 1, 6_000, 400));
    strictEqual(keeper.dueMs(), -Infinity);
    ok(keeper.commit(true));
    ok(commits.length > 3);
    strictEqual(commits.reduce((sum, { rows }) => sum + rows, 0), 6_000);
    strictEqual(commits.filter(({ full }) => full).length, 1);
    strictEqual(commits.at(-1)?.full, true);
  }),
);

Deno.test(
  "a commit that the disk refuses leaves everything, and is tried again",
  inWorld(async ({ keeper, commits, refuse, run }) => {
    keeper.append(rowsOf("a", 1, 1, 5));
    refuse("full");
    await run(1_000);
    strictEqual(keeper.waiting, 5);
    strictEqual(keeper.state().stats.lastError, "disk full: planted");
    ok(keeper.dueMs() > 1_000, "tries again without a pause");
    await run(60_000);
    const { failedCommits } = keeper.state().stats;
    ok(failedCommits > 10 && failedCommits < 40, `${failedCommits} tries in a minute`);
    refuse(undefined);
    await run(10_000);
    strictEqual(keeper.waiting, 0);
    strictEqual(keeper.state().stats.lastError, null);
    strictEqual(commits.reduce((sum, { rows }) => sum + rows, 0), 5);
    strictEqual(keeper.state().rowsDone, 5);
  }),
);

Deno.test(
  "on a full disk what was delivered is still deleted, to make room",
  inWorld(async ({ keeper, deleted, refuse, run }) => {
    keeper.append(rowsOf("a", 1, 1, 5));
    keeper.settle([7, 8]);
    refuse("full", { unlessEmpty: true });
    await run(1_000);
    strictEqual(keeper.state().stats.failedCommits, 1);
    deepStrictEqual(deleted, [7, 8]);
    strictEqual(keeper.hidden.size, 0);
    strictEqual(keeper.waiting, 5);
  }),
);

Deno.test(
  "trouble that no retry helps is thrown",
  inWorld(({ keeper, refuse }) => {
    keeper.append(rowsOf("a", 1, 1, 1));
    refuse("corrupt");
    throws(() => keeper.commit(false), { name: "DbFailure" });
  }),
);

Deno.test(
  "settled rows are hidden until they are deleted, each deleted once",
  inWorld(({ keeper, deleted }) => {
    keeper.settle([1, 2]);
    keeper.settle([2, 3]);
    keeper.corrupt([3]);
    deepStrictEqual([...keeper.hidden], [1, 2, 3]);
    keeper.commit(false);
    deepStrictEqual(deleted, [1, 2, 3]);
    strictEqual(keeper.hidden.size, 0);
  }),
);

Deno.test(
  "gaps are told when they change, and only then",
  inWorld(({ keeper }) => {
    deepStrictEqual(keeper.state().gaps, []);
    strictEqual(keeper.state().gaps, undefined);
    keeper.addSchema(FINGERPRINT, SCHEMA);
    keeper.append(rowsOf("a", 1, 1, 10_002, 1));
    keeper.commit(false);
    const [gap] = keeper.state().gaps ?? [];
    deepStrictEqual([gap?.firstSeq, gap?.lastSeq], [1, 2]);
    strictEqual(keeper.state().gaps, undefined);
  }),
);

interface World {
  readonly keeper: Keeper;
  readonly clock: FakeClock;
  readonly commits: { rows: number; full: boolean; atMs: number }[];
  readonly deleted: number[];
  refuse(trouble: DbTrouble | undefined, options?: { unlessEmpty: boolean }): void;
  /** Lets time pass, committing when it is due. */
  run(durationMs: number): Promise<void>;
}

/** A keeper over a real file, whose commits are noted, and refused on demand. */
function inWorld(work: (world: World) => void | Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const file = openQueueFile(`${folder}/queue.db`, { maxRows: 10_000 });
      try {
        await work(createWorld(file.queue));
      } finally {
        file.close();
      }
    });
}

function createWorld(queue: Queue): World {
  const clock = createFakeClock({ wallMs: 0 });
  const commits: World["commits"] = [];
  const deleted: number[] = [];
  let refusal: { trouble: DbTrouble; unlessEmpty: boolean } | undefined;
  const watched: Queue = Object.create(queue, {
    commit: {
      value(batch: Batch, wallMs: number, full: boolean): CommitCounts {
        if (
          refusal !== undefined && !(refusal.unlessEmpty && batch.rows.length === 0)
        ) {
          throw new DbFailure(refusal.trouble, "planted");
        }
        ok(batch !== EMPTY_BATCH || full);
        commits.push({ rows: batch.rows.length, full, atMs: clock.monotonicMs() });
        deleted.push(...batch.settled);
        return queue.commit(batch, wallMs, full);
      },
    },
  });
  const keeper = createKeeper(watched, PACE, clock);
  return {
    keeper,
    clock,
    commits,
    deleted,
    refuse(trouble, options = { unlessEmpty: false }) {
      refusal = trouble === undefined ? undefined : { trouble, ...options };
    },
    async run(durationMs) {
      const endMs = clock.monotonicMs() + durationMs;
      for (let turn = 0; turn < 1_000; turn++) {
        const dueMs = Math.max(keeper.dueMs(), clock.monotonicMs());
        await clock.advance(Math.min(dueMs, endMs) - clock.monotonicMs());
        if (dueMs > endMs) return;
        keeper.commit(false);
      }
      throw new Error("commits without end");
    },
  };
}
