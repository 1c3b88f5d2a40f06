import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { mustSync, nextCommitMs } from "./commit_schedule.ts";

Deno.test("every row is safe from a power loss within flush interval plus window", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.array(fc.nat(4_000), { maxLength: 60 }),
      (flushIntervalMs, powerLossWindowMs, pauses) => {
        const timing = { flushIntervalMs, powerLossWindowMs };
        const arrivals: number[] = [];
        let at = 0;
        for (const pause of pauses) arrivals.push(at += pause);
        for (const { arrivedMs, safeMs } of simulate(timing, arrivals)) {
          ok(
            safeMs - arrivedMs <= flushIntervalMs + powerLossWindowMs + 1,
            `row of ${arrivedMs} ms: safe only at ${safeMs} ms`,
          );
        }
      },
    ),
  );
});

Deno.test("mustSync() with a window of 0: every commit uses FULL", () => {
  const timing = { flushIntervalMs: 1_000, powerLossWindowMs: 0 };
  strictEqual(mustSync(timing, { pendingSinceMs: 0, windowSinceMs: null }, 5), true);
});

Deno.test("at the default timing every second commit of steady rows uses FULL", () => {
  const timing = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };
  const arrivals = Array.from({ length: 600 }, (_, at) => at * 100);
  const commits = new Set(simulate(timing, arrivals).map((row) => row.safeMs));
  ok(commits.size >= 28 && commits.size <= 31, `${commits.size} FULL commits in 60 s`);
});

Deno.test("nextCommitMs() is Infinity without pending rows and without an open window", () => {
  const timing = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };
  strictEqual(
    nextCommitMs(timing, { pendingSinceMs: null, windowSinceMs: null }),
    Infinity,
  );
});

/** Commits when due, as the worker does; returns when each row was synced to disk. */
function simulate(
  timing: { flushIntervalMs: number; powerLossWindowMs: number },
  arrivals: readonly number[],
): { arrivedMs: number; safeMs: number }[] {
  const rows = arrivals.map((arrivedMs) => ({ arrivedMs, safeMs: Infinity }));
  let arrived = 0;
  let pendingSinceMs: number | null = null;
  let windowSinceMs: number | null = null;
  for (let turn = 0; turn < 10 * arrivals.length + 10; turn++) {
    const dueMs = nextCommitMs(timing, { pendingSinceMs, windowSinceMs });
    const arrival = arrivals[arrived];
    if (arrival !== undefined && arrival <= dueMs) {
      arrived++;
      pendingSinceMs ??= arrival;
      continue;
    }
    if (dueMs === Infinity) break;
    const full = mustSync(timing, { pendingSinceMs, windowSinceMs }, dueMs);
    if (full) {
      for (const row of rows.slice(0, arrived)) {
        row.safeMs = Math.min(row.safeMs, dueMs);
      }
    }
    windowSinceMs = full ? null : windowSinceMs ?? dueMs;
    pendingSinceMs = null;
  }
  return rows;
}
