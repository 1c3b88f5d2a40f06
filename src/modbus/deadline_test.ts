import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createTimerWheel } from "../base/waiting/timer_wheel.ts";
import { createFakeClock } from "../testing/fake_clock.ts";
import { createDeadline } from "./deadline.ts";

Deno.test("createDeadline() reports a missed deadline once and on time, regardless of earlier events", async () => {
  const requests = fc.array(
    fc.tuple(fc.nat(3_000), fc.integer({ min: 1, max: 3_000 })),
  );
  await fc.assert(fc.asyncProperty(
    requests,
    fc.integer({ min: 1, max: 3_000 }),
    async (before, timeoutMs) => {
      const clock = createFakeClock({ wallMs: 0 });
      const missed: number[] = [];
      const deadline = createDeadline(clock, (elapsedMs) => missed.push(elapsedMs));
      for (const [answerMs, limitMs] of before) {
        deadline.set(limitMs);
        await clock.advance(Math.min(answerMs, limitMs - 1));
        deadline.met();
        await clock.advance(answerMs);
      }
      deepStrictEqual(missed, []);
      deadline.set(timeoutMs);
      await clock.advance(timeoutMs - 1);
      deepStrictEqual(missed, []);
      await clock.advance(1);
      deepStrictEqual(missed, [timeoutMs]);
      await clock.advance(10_000);
      deepStrictEqual(missed, [timeoutMs]);
      strictEqual(clock.pending, 0);
    },
  ));
});

Deno.test("createDeadline() leaves no timer after a request", () => {
  const clock = createFakeClock({ wallMs: 0 });
  const deadline = createDeadline(clock, () => {});
  for (let request = 0; request < 100; request++) {
    deadline.set(1_000);
    strictEqual(clock.timers.started, 1);
    deadline.met();
    strictEqual(clock.timers.started, 0);
  }
});

Deno.test("createDeadline() grants time to read a response that arrived while the process was blocked", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  let nowMs = 0;
  const stalled = { monotonicMs: () => nowMs, sleep: clock.sleep };
  const missed: number[] = [];
  const deadline = createDeadline(
    { ...stalled, timers: createTimerWheel(stalled) },
    (elapsedMs) => missed.push(elapsedMs),
  );
  deadline.set(1_000);
  nowMs = 3_000; // the timer of 1000 ms expires now
  await clock.advance(1_000);
  deepStrictEqual(missed, []);
  deadline.met(); // the response arrived in time
  await clock.advance(10_000);
  deepStrictEqual(missed, []);

  deadline.set(1_000);
  nowMs = 6_000;
  await clock.advance(1_000);
  deepStrictEqual(missed, []); // no response arrived
  nowMs = 6_002;
  await clock.advance(2);
  deepStrictEqual(missed, [3_002]);
});
