import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { openedState, reduceClient, unreadAfter } from "./client_state.ts";
import type { WorkerState } from "./protocol.ts";

const STATS = {
  rows: 0,
  bytes: 0,
  oldestAtMs: null,
  stored: 0,
  delivered: 0,
  evicted: 0,
  deadLetters: 0,
  evictedAtMs: null,
  storedBytes: 0,
  commits: 0,
  fullCommits: 0,
  commitMsMax: 0,
  waiting: 0,
  failedCommits: 0,
  lastError: null,
  markError: null,
  logBytes: 0,
  logBytesMax: 100,
  maxBytesLeast: null,
  isDiskFull: false,
};
const GAP = {
  id: 1,
  stream: "gw/a/Reading",
  epoch: 1,
  lastEpoch: 1,
  records: 1,
  firstSeq: 1,
  lastSeq: 2,
  reason: "max_rows",
} as const;
const FIRST: WorkerState = {
  stats: STATS,
  gaps: [GAP],
  lastId: 0,
  rowsCompleted: 0,
  bytesCompleted: 0,
};

Deno.test("a reported state moves the in-flight window, then wakes the readers; gaps stay until changed", () => {
  const { state, effects } = reduceClient(openedState(FIRST), {
    kind: "response",
    response: {
      kind: "state",
      stats: { ...STATS, rows: 3 },
      lastId: 3,
      rowsCompleted: 3,
      bytesCompleted: 30,
    },
  });
  deepStrictEqual(effects, [
    { kind: "complete", rows: 3, bytes: 30 },
    { kind: "notifyStored", lastId: 3 },
  ]);
  strictEqual(state.worker.stats.rows, 3);
  deepStrictEqual(state.gaps, [GAP]);
});

Deno.test("a closed worker reports a loss only if the last commit failed", () => {
  const losses = [[0, null], [7, "disk full: x"]] as const;
  const reported = losses.map(([rowsLeft, detail]) =>
    reduceClient(openedState(FIRST), {
      kind: "response",
      response: { kind: "closed", rowsLeft, detail },
    }).effects
  );
  deepStrictEqual(reported, [
    [{ kind: "closed", loss: null }],
    [{
      kind: "closed",
      loss: "The last commit failed and 7 rows are lost: disk full: x",
    }],
  ]);
});

Deno.test("unreadAfter() skips the range that a read of all topics found empty", () => {
  const id = fc.nat(50);
  fc.assert(fc.property(id, id, id, (afterId, lastId, readerAfterId) => {
    const query = { afterId, countMax: 1, bytesMax: 1 };
    const { state } = reduceClient(openedState(FIRST), {
      kind: "readEmpty",
      query,
      lastId,
    });
    strictEqual(
      unreadAfter(state, readerAfterId),
      readerAfterId >= afterId ? Math.max(readerAfterId, lastId) : readerAfterId,
    );
  }));
});

Deno.test("an empty read of some topics proves nothing about the others", () => {
  for (const filter of [{ topic: "a" }, { exceptTopics: ["b"] }]) {
    const query = { afterId: 0, countMax: 1, bytesMax: 1, ...filter };
    const { state } = reduceClient(openedState(FIRST), {
      kind: "readEmpty",
      query,
      lastId: 9,
    });
    strictEqual(unreadAfter(state, 0), 0);
  }
});
