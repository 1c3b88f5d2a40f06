import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { rowsOf } from "../../testing/buffer/rows.ts";
import {
  COMMIT_ROWS_MAX,
  nextTransaction,
  type TransactionLimits,
} from "./next_transaction.ts";
import type { Change } from "./pending_changes.ts";
import {
  ACKNOWLEDGED_ROWS_MAX,
  dueMsOf,
  EMPTY_WRITE_BUFFER,
  reduceWriteBuffer,
  type WriteBufferEvent,
  type WriteBufferState,
} from "./write_buffer_state.ts";

const BYTES_MAX = 2_000;
const LIMITS = { bytesMax: BYTES_MAX, deletedRowsMax: 7 };
const TIMING = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };
const NO_ROWS = { stored: 0, delivered: 0, evicted: 0, deadLetters: 0 };

Deno.test("every appended row and every change is committed exactly once, in order", () => {
  fc.assert(fc.property(fc.array(anyStep(), { maxLength: 40 }), (steps) => {
    let state = EMPTY_WRITE_BUFFER;
    let seq = 0;
    const removed = new Set<number>();
    const committed = { seqs: [] as number[], removed: [] as number[] };
    const commit = (): void => {
      state = commitAll(state, ({ rows, acknowledged, corrupt, deadLetters }) => {
        committed.seqs.push(...rows.map((row) => row.seq));
        committed.removed.push(...acknowledged, ...corrupt, ...deadLetters.keys());
      });
    };
    for (const step of steps) {
      if (step === "commit") commit();
      else if (typeof step === "number") {
        const rows = rowsOf("a", 1, seq + 1, seq + step, 50);
        seq += step;
        state = reduceWriteBuffer(state, { kind: "append", rows, nowMs: 0 });
      } else {
        if (step.kind === "deadLetter") removed.add(step.id);
        if (step.kind === "acknowledge") step.ids.forEach((id) => removed.add(id));
        state = reduceWriteBuffer(state, { kind: "change", change: step, nowMs: 0 });
      }
      strictEqual(
        state.rowBytes,
        state.rows.reduce((sum, row) => sum + row.payload.length, 0),
      );
    }
    commit();
    deepStrictEqual(committed.seqs, Array.from({ length: seq }, (_, at) => at + 1));
    deepStrictEqual(new Set(committed.removed), removed);
    deepStrictEqual([...state.hidden], []);
    strictEqual(state.rowsCompleted, seq);
  }));
});

Deno.test("nextTransaction() stays within its limits, and only the last one uses FULL", () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), anyLimits(), (count, acknowledged, limits) => {
      const { bytesMax, deletedRowsMax } = limits;
      let state = acknowledge(append(EMPTY_WRITE_BUFFER, count), acknowledged);
      const fulls: boolean[] = [];
      const deleted: number[] = [];
      for (;;) {
        const next = nextTransaction(state, true, limits);
        if (next === undefined) break;
        const { batch, full } = next;
        const bytes = batch.rows.reduce((sum, row) => sum + row.payload.length, 0);
        ok(batch.rows.length <= 1 || bytes <= bytesMax);
        ok(batch.rows.length <= COMMIT_ROWS_MAX);
        ok(batch.acknowledged.length <= deletedRowsMax);
        fulls.push(full);
        deleted.push(...batch.acknowledged);
        state = reduceWriteBuffer(state, committedEvent(next));
      }
      deepStrictEqual(fulls, fulls.map((_, at) => at === fulls.length - 1));
      deepStrictEqual(deleted, Array.from({ length: acknowledged }, (_, at) => at + 1));
    }),
  );
});

Deno.test("acknowledged rows cause a commit of their own only once there are many", () => {
  const timing = { flushIntervalMs: 60_000, powerLossWindowMs: 1_000 };
  const few = acknowledge(EMPTY_WRITE_BUFFER, ACKNOWLEDGED_ROWS_MAX - 1);
  strictEqual(dueMsOf(few, timing, BYTES_MAX), 60_000);
  const many = acknowledge(few, ACKNOWLEDGED_ROWS_MAX);
  strictEqual(dueMsOf(many, timing, BYTES_MAX), -Infinity);
  const failed = reduceWriteBuffer(many, { kind: "failed", error: "full", nowMs: 0 });
  strictEqual(dueMsOf(failed, timing, BYTES_MAX), 250);
});

Deno.test("a failed commit delays the next one, longer each time, and keeps everything", () => {
  let state = append(EMPTY_WRITE_BUFFER, 3);
  const delays = Array.from({ length: 8 }, () => {
    state = reduceWriteBuffer(state, { kind: "failed", error: "disk full", nowMs: 50 });
    return dueMsOf(state, TIMING, BYTES_MAX) - 50;
  });
  deepStrictEqual(delays, [950, 950, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  strictEqual(state.rows.length, 3);
  strictEqual(state.totals.failedCommits, 8);
  state = reduceWriteBuffer(state, { kind: "completed" });
  deepStrictEqual([state.lastError, state.retryAtMs], [null, -Infinity]);
});

Deno.test("a commit with NORMAL opens the power-loss window, one with FULL closes it", () => {
  const next = nextTransaction(append(EMPTY_WRITE_BUFFER, 1), false, LIMITS);
  ok(next !== undefined && !next.full);
  const open = reduceWriteBuffer(EMPTY_WRITE_BUFFER, committedEvent(next, 70));
  strictEqual(open.windowSinceMs, 70);
  strictEqual(dueMsOf(open, TIMING, BYTES_MAX), 1_070);
  const last = nextTransaction(open, true, LIMITS);
  ok(last !== undefined && last.full);
  strictEqual(reduceWriteBuffer(open, committedEvent(last)).windowSinceMs, null);
});

function append(state: WriteBufferState, count: number): WriteBufferState {
  const rows = rowsOf("a", 1, 1, count, 50);
  return reduceWriteBuffer(state, { kind: "append", rows, nowMs: 0 });
}

/** Acknowledges the rows 1 to `count`. */
function acknowledge(state: WriteBufferState, count: number): WriteBufferState {
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  const change: Change = { kind: "acknowledge", ids };
  return reduceWriteBuffer(state, { kind: "change", change, nowMs: 0 });
}

function anyLimits(): fc.Arbitrary<TransactionLimits> {
  return fc.record({
    bytesMax: fc.integer({ min: 1, max: 5_000 }),
    deletedRowsMax: fc.integer({ min: 1, max: 80 }),
  });
}

function committedEvent(
  { batch, full }: NonNullable<ReturnType<typeof nextTransaction>>,
  startMs = 0,
): WriteBufferEvent {
  const counts = { ...NO_ROWS, stored: batch.rows.length };
  return {
    kind: "committed",
    batch,
    full,
    counts,
    startMs,
    durationMs: 1,
    wallMs: 0,
  };
}

function commitAll(
  state: WriteBufferState,
  onBatch: (
    batch: NonNullable<ReturnType<typeof nextTransaction>>["batch"],
  ) => void,
): WriteBufferState {
  for (;;) {
    const next = nextTransaction(state, false, LIMITS);
    if (next === undefined) return reduceWriteBuffer(state, { kind: "completed" });
    onBatch(next.batch);
    state = reduceWriteBuffer(state, committedEvent(next));
  }
}

/** A number of rows to append, a change, or a commit. */
function anyStep(): fc.Arbitrary<number | Change | "commit"> {
  // Ids are unique in a run of the program: a row is removed once only.
  let nextId = 1;
  return fc.oneof(
    fc.integer({ min: 1, max: 30 }),
    fc.constant("commit" as const),
    fc.integer({ min: 1, max: 5 }).map((count): Change => ({
      kind: "acknowledge",
      ids: Array.from({ length: count }, () => nextId++),
    })),
    fc.constant(0).map((): Change => ({
      kind: "deadLetter",
      id: nextId++,
      reason: "invalid_record",
    })),
  );
}
