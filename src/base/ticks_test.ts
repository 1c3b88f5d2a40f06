import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { createFakeClock } from "../testing/fake_clock.ts";
import { sleepUntilTick, untilTickMs } from "./ticks.ts";

Deno.test("untilTickMs() leads to a multiple of the interval, at most one interval ahead", () => {
  const anyTime = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(anyTime, fc.integer({ min: 1, max: 60_000 }), (nowMs, everyMs) => {
      const waitMs = untilTickMs(nowMs, everyMs);
      ok(waitMs > 0 && waitMs <= everyMs);
      const offMs = Math.abs(
        (nowMs + waitMs) / everyMs - Math.round((nowMs + waitMs) / everyMs),
      );
      ok(offMs * everyMs < 1e-3);
    }),
  );
});

Deno.test("tasks that start at different times wake up together", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const { signal } = new AbortController();
  const wakeUps: number[] = [];
  for (const startMs of [100, 350, 999]) {
    await clock.advance(startMs - clock.monotonicMs());
    void sleepUntilTick(clock, 1_000, signal).then(() =>
      wakeUps.push(clock.monotonicMs())
    );
  }
  await clock.advance(5_000);
  deepStrictEqual(wakeUps, [1_000, 1_000, 1_000]);
});
