import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { createFakeClock, type FakeClock } from "../../testing/fake_clock.ts";
import { openQueueFile } from "../../testing/buffer/queue_file.ts";
import { FINGERPRINT, inFolder, rowsOf, SCHEMA } from "../../testing/buffer/rows.ts";
import { DbFailure, type DbFailureKind } from "../store/database.ts";
import { createWriteBuffer, type WriteBuffer } from "./write_buffer.ts";
import {
  type CommitBatch,
  type CommitCounts,
  EMPTY_BATCH,
  type Queue,
} from "../queue.ts";

/** Limits of the queue in each test. */
const BOUNDS = { maxBytes: 2 ** 30, maxRows: 10_000, maxAgeMs: null };
const TIMING = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };

Deno.test(
  "rows are committed after the flush interval and synced within the power-loss window",
  inWorld(async ({ buffer, commits, clock, run }) => {
    buffer.append(rowsOf("a", 1, 1, 2));
    strictEqual(buffer.dueMs(), 1_000);
    await run(999);
    deepStrictEqual(commits, []);
    await run(1);
    deepStrictEqual(commits, [{ rows: 2, full: false, atMs: 1_000 }]);
    await run(999);
    strictEqual(commits.length, 1);
    await run(1); // no row followed: the window is closed anyway
    deepStrictEqual(commits[1], { rows: 0, full: true, atMs: 2_000 });
    strictEqual(buffer.dueMs(), Infinity);
    strictEqual(clock.monotonicMs(), 2_000);
  }),
);

Deno.test(
  "in the steady state acknowledged rows are deleted without a commit of their own",
  inWorld(async ({ buffer, commits, deleted, run }) => {
    const steady = async (isDelivered: boolean, first: number): Promise<unknown> => {
      const from = commits.length;
      for (let seq = first; seq < first + 6_000; seq += 100) {
        buffer.append(rowsOf("a", 1, seq, seq + 99));
        await run(700);
        if (isDelivered && seq > 100) {
          buffer.acknowledge(Array.from({ length: 100 }, (_, at) => seq - 100 + at));
        }
        await run(300);
      }
      await run(5_000);
      return commits.slice(from).map(({ rows, full }) => ({ rows, full }));
    };
    const expected = await steady(false, 1);
    deepStrictEqual(deleted, []);
    deepStrictEqual(await steady(true, 6_001), expected);
    strictEqual(deleted.length, 6_000);
  }),
);

Deno.test(
  "commit(true) makes everything pending durable at once",
  inWorld(({ buffer, commits }) => {
    buffer.append(rowsOf("a", 1, 1, 3));
    buffer.acknowledge([1, 2]);
    ok(buffer.commit(true));
    deepStrictEqual(commits, [{ rows: 3, full: true, atMs: 0 }]);
    ok(buffer.commit(true)); // nothing is pending any more
    strictEqual(commits.length, 1);
  }),
);

Deno.test(
  "many rows are committed in several transactions, of which the last uses FULL",
  inWorld(({ buffer, commits }) => {
    buffer.append(rowsOf("a", 1, 1, 6_000, 400));
    strictEqual(buffer.dueMs(), -Infinity);
    ok(buffer.commit(true));
    ok(commits.length > 3);
    strictEqual(commits.reduce((sum, { rows }) => sum + rows, 0), 6_000);
    strictEqual(commits.filter(({ full }) => full).length, 1);
    strictEqual(commits.at(-1)?.full, true);
  }),
);

Deno.test(
  "a failed commit keeps everything pending and is retried",
  inWorld(async ({ buffer, commits, failWith, run }) => {
    buffer.append(rowsOf("a", 1, 1, 5));
    failWith("full");
    await run(1_000);
    strictEqual(buffer.waiting, 5);
    strictEqual(buffer.state().stats.lastError, "disk full: simulated");
    ok(buffer.dueMs() > 1_000, "retried without a delay");
    await run(60_000);
    const { failedCommits } = buffer.state().stats;
    ok(
      failedCommits > 10 && failedCommits < 40,
      `${failedCommits} commits in a minute`,
    );
    failWith(undefined);
    await run(10_000);
    strictEqual(buffer.waiting, 0);
    strictEqual(buffer.state().stats.lastError, null);
    strictEqual(commits.reduce((sum, { rows }) => sum + rows, 0), 5);
    strictEqual(buffer.state().rowsCompleted, 5);
  }),
);

Deno.test(
  "on a full disk delivered rows are still deleted, to free space",
  inWorld(async ({ buffer, deleted, failWith, run }) => {
    buffer.append(rowsOf("a", 1, 1, 5));
    buffer.acknowledge([7, 8]);
    failWith("full", { unlessEmpty: true });
    await run(1_000);
    strictEqual(buffer.state().stats.failedCommits, 1);
    deepStrictEqual(deleted, [7, 8]);
    strictEqual(buffer.hidden.size, 0);
    strictEqual(buffer.waiting, 5);
  }),
);

Deno.test(
  "the disk is full until there is space for the reserve again",
  inWorld(async ({ buffer, disk, failWith, run }) => {
    const isFullAfterRow = async (seq: number): Promise<boolean> => {
      buffer.append(rowsOf("a", 1, seq, seq));
      await run(12_000);
      return buffer.state().stats.isDiskFull;
    };
    strictEqual(await isFullAfterRow(1), false);
    strictEqual(disk.hasReserve, true);
    disk.hasSpace = false;
    failWith("full");
    strictEqual(await isFullAfterRow(2), true);
    failWith(undefined); // the reserve was released: small commits succeed
    strictEqual(await isFullAfterRow(3), true);
    deepStrictEqual([disk.hasReserve, buffer.waiting], [false, 0]);
    disk.hasSpace = true;
    strictEqual(await isFullAfterRow(4), false);
    strictEqual(disk.hasReserve, true);
  }),
);

Deno.test(
  "a permanent failure is thrown",
  inWorld(({ buffer, failWith }) => {
    buffer.append(rowsOf("a", 1, 1, 1));
    failWith("corrupt");
    throws(() => buffer.commit(false), { name: "DbFailure" });
  }),
);

Deno.test(
  "acknowledged rows are hidden until they are deleted, each deleted once",
  inWorld(({ buffer, deleted }) => {
    buffer.acknowledge([1, 2]);
    buffer.acknowledge([2, 3]);
    buffer.corrupt([3]);
    deepStrictEqual([...buffer.hidden], [1, 2, 3]);
    buffer.commit(false);
    deepStrictEqual(deleted, [1, 2, 3]);
    strictEqual(buffer.hidden.size, 0);
  }),
);

Deno.test(
  "rows that wait for space on a full disk are stored once a limit evicts older ones",
  inWorld(async ({ buffer, disk, failWith, run }) => {
    disk.hasSpace = false;
    failWith("full");
    buffer.append(rowsOf("a", 1, 1, 1));
    await run(2_000);
    failWith(undefined);
    await run(12_000);
    let seq = 1;
    while (buffer.lastError === null || buffer.waiting === 0) {
      ok(seq < 5_000, "the space did not end");
      buffer.append(rowsOf("a", 1, seq + 1, seq + 20, 500));
      seq += 20;
      await run(2_000);
    }
    match(buffer.lastError, /no free pages/);
    buffer.adjust({ ...BOUNDS, ...TIMING, maxRows: 40 });
    await run(200_000);
    deepStrictEqual([buffer.waiting, buffer.lastError], [0, null]);
  }),
);

Deno.test(
  "state() contains the gaps only when they have changed",
  inWorld(({ buffer }) => {
    deepStrictEqual(buffer.state().gaps, []);
    strictEqual(buffer.state().gaps, undefined);
    buffer.addSchema(FINGERPRINT, SCHEMA);
    buffer.append(rowsOf("a", 1, 1, 10_002, 1));
    buffer.commit(false);
    const [gap] = buffer.state().gaps ?? [];
    deepStrictEqual([gap?.firstSeq, gap?.lastSeq], [1, 2]);
    strictEqual(buffer.state().gaps, undefined);
  }),
);

interface World {
  readonly buffer: WriteBuffer;
  readonly clock: FakeClock;
  readonly commits: { rows: number; full: boolean; atMs: number }[];
  readonly deleted: number[];
  readonly disk: { hasSpace: boolean; hasReserve: boolean };
  failWith(kind: DbFailureKind | undefined, options?: { unlessEmpty: boolean }): void;
  /** Advances the clock and commits whenever a commit is due. */
  run(durationMs: number): Promise<void>;
}

/** A write buffer over a real file; its commits are recorded, and fail on demand. */
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
  const disk = { hasSpace: true, hasReserve: true };
  const reserve = {
    release: () => void (disk.hasReserve = false),
    renew() {
      disk.hasReserve = disk.hasSpace;
      return disk.hasReserve ? Infinity : 0;
    },
    resize: () => {},
  };
  let failure: { kind: DbFailureKind; unlessEmpty: boolean } | undefined;
  const recorded: Queue = Object.create(queue, {
    commit: {
      value(batch: CommitBatch, wallMs: number, full: boolean): CommitCounts {
        if (
          failure !== undefined && !(failure.unlessEmpty && batch.rows.length === 0)
        ) {
          throw new DbFailure(failure.kind, "simulated");
        }
        ok(batch !== EMPTY_BATCH || full);
        commits.push({ rows: batch.rows.length, full, atMs: clock.monotonicMs() });
        deleted.push(...batch.acknowledged);
        return queue.commit(batch, wallMs, full);
      },
    },
  });
  const buffer = createWriteBuffer(recorded, TIMING, clock, reserve);
  return {
    buffer,
    clock,
    commits,
    deleted,
    disk,
    failWith(kind, options = { unlessEmpty: false }) {
      failure = kind === undefined ? undefined : { kind, ...options };
    },
    async run(durationMs) {
      const endMs = clock.monotonicMs() + durationMs;
      for (let turn = 0; turn < 1_000; turn++) {
        const dueMs = Math.max(buffer.dueMs(), clock.monotonicMs());
        await clock.advance(Math.min(dueMs, endMs) - clock.monotonicMs());
        if (dueMs > endMs) return;
        buffer.commit(false);
      }
      throw new Error("commits do not end");
    },
  };
}
