import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  createLogRateLimiter,
  LOG_INTERVAL_MS,
  REPEAT_INTERVAL_MAX_MS,
} from "./log_rate_limiter.ts";

/** A limiter in virtual time, and the lines that it wrote. */
function createLimiter() {
  let nowMs = 0;
  const lines: { atMs: number; line: string; unlogged: number }[] = [];
  const limiter = createLogRateLimiter<string>({
    nowMs: () => nowMs,
    write: (line, unlogged) => lines.push({ atMs: nowMs, line, unlogged }),
  });
  return {
    limiter,
    lines,
    get nowMs() {
      return nowMs;
    },
    play(durationMs: number) {
      for (const endMs = nowMs + durationMs; nowMs < endMs;) {
        nowMs += 1_000;
        limiter.flush();
      }
    },
  };
}

Deno.test("lines are at least a minute apart, and the state is logged within a minute", () => {
  const step = fc.tuple(
    fc.constantFrom("online", "offline", "asleep", "failed", "overrun"),
    fc.integer({ min: 0, max: 40 }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { limiter, lines, play } = createLimiter();
    let state: string | undefined;
    let happened = 0;
    for (const [what, seconds] of steps) {
      if (what === "failed" || what === "overrun") {
        happened++;
        limiter.reportEvent(what);
      } else {
        state = what;
        limiter.reportState(what, what);
      }
      play(1_000 * seconds);
    }
    play(LOG_INTERVAL_MS + REPEAT_INTERVAL_MAX_MS);
    lines.forEach(({ atMs }, at) => {
      const before = lines[at - 1]?.atMs ?? -Infinity;
      ok(atMs - before >= LOG_INTERVAL_MS, `${before} and ${atMs}`);
    });
    const states = lines.map(({ line }) => line)
      .filter((line) => line !== "failed" && line !== "overrun");
    strictEqual(states.at(-1), state);
    ok(states.every((line, at) => line !== states[at - 1]), "logged twice");
    const events = lines.filter(({ line }) => line === "failed" || line === "overrun");
    const reported = events.length +
      lines.reduce((sum, { unlogged }) => sum + unlogged, 0);
    strictEqual(reported, happened);
  }));
});

Deno.test("a failure that leads to an outage is logged as the outage, at once", () => {
  const { limiter, lines, play } = createLimiter();
  limiter.reportState("online", "online");
  play(100_000);
  limiter.reportEvent("missed a poll");
  play(3_000);
  limiter.reportState("offline", "offline: no response");
  play(30_000);
  deepStrictEqual(lines, [
    { atMs: 0, line: "online", unlogged: 0 },
    { atMs: 103_000, line: "offline: no response", unlogged: 1 },
  ]);
});

Deno.test("a flapping device is logged once per minute with the number of events", () => {
  const { limiter, lines, play } = createLimiter();
  for (let turn = 0; turn < 40; turn++) {
    limiter.reportState("online", "online");
    play(4_000);
    limiter.reportEvent("closed");
    limiter.reportState("offline", "offline");
    play(3_000);
  }
  ok(lines.length >= 4 && lines.length <= 5, JSON.stringify(lines));
  ok(lines.slice(1).every(({ unlogged }) => unlogged > 0));
});

Deno.test("repeated events are logged at growing intervals, which are reset after a pause", () => {
  const { limiter, lines, play } = createLimiter();
  const HOUR_MS = 3_600_000;
  limiter.reportState("offline", "offline");
  for (let second = 0; second < 24 * 3_600; second += 30) {
    limiter.reportEvent("no response");
    play(30_000);
  }
  ok(lines.length < 35, `${lines.length} lines in a day`);
  const gaps = lines.slice(1).map(({ atMs }, at) => atMs - (lines[at]?.atMs ?? 0));
  ok(gaps.every((ms) => ms <= REPEAT_INTERVAL_MAX_MS + LOG_INTERVAL_MS), `${gaps}`);
  ok(lines.slice(-3).every(({ unlogged }) => unlogged >= 100), JSON.stringify(lines));
  limiter.reportState("online", "online");
  play(3 * HOUR_MS);
  const before = lines.length;
  limiter.reportEvent("no response");
  play(2 * LOG_INTERVAL_MS);
  deepStrictEqual(lines.slice(before).map(({ line }) => line), ["no response"]);
});
