import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { mustSync, nextCommitMs } from "./commit_schedule.ts";

Deno.test("no row is open to a power cut for longer than flush interval and window", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.array(fc.nat(4_000), { maxLength: 60 }),
      (flushIntervalMs, powerLossWindowMs, pauses) => {
        const pace = { flushIntervalMs, powerLossWindowMs };
        const arrivals: number[] = [];
        let at = 0;
        for (const pause of pauses) arrivals.push(at += pause);
        for (const { arrivedMs, safeMs } of play(pace, arrivals)) {
          ok(
            safeMs - arrivedMs <= flushIntervalMs + powerLossWindowMs + 1,
            `a row of ${arrivedMs} was safe at ${safeMs}`,
          );
        }
      },
    ),
  );
});

Deno.test("a window of 0 makes every commit a FULL one", () => {
  const pace = { flushIntervalMs: 1_000, powerLossWindowMs: 0 };
  strictEqual(mustSync(pace, { waitingSinceMs: 0, openSinceMs: null }, 5), true);
});

Deno.test("steady rows make every second commit a FULL one at the defaults", () => {
  const pace = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };
  const arrivals = Array.from({ length: 600 }, (_, at) => at * 100);
  const commits = new Set(play(pace, arrivals).map((row) => row.safeMs));
  ok(commits.size >= 28 && commits.size <= 31, `${commits.size} FULL commits in 60 s`);
});

Deno.test("nothing is due while nothing waits and no window is open", () => {
  const pace = { flushIntervalMs: 1_000, powerLossWindowMs: 1_000 };
  strictEqual(
    nextCommitMs(pace, { waitingSinceMs: null, openSinceMs: null }),
    Infinity,
  );
});

/** Commits when due, as the worker does; when each row was on disk for good. */
function play(
  pace: { flushIntervalMs: number; powerLossWindowMs: number },
  arrivals: readonly number[],
): { arrivedMs: number; safeMs: number }[] {
  const rows = arrivals.map((arrivedMs) => ({ arrivedMs, safeMs: Infinity }));
  let arrived = 0;
  let waitingSinceMs: number | null = null;
  let openSinceMs: number | null = null;
  for (let turn = 0; turn < 10 * arrivals.length + 10; turn++) {
    const dueMs = nextCommitMs(pace, { waitingSinceMs, openSinceMs });
    const arrival = arrivals[arrived];
    if (arrival !== undefined && arrival <= dueMs) {
      arrived++;
      waitingSinceMs ??= arrival;
      continue;
    }
    if (dueMs === Infinity) break;
    const full = mustSync(pace, { waitingSinceMs, openSinceMs }, dueMs);
    if (full) {
      for (const row of rows.slice(0, arrived)) {
        row.safeMs = Math.min(row.safeMs, dueMs);
      }
    }
    openSinceMs = full ? null : openSinceMs ?? dueMs;
    waitingSinceMs = null;
  }
  return rows;
}
