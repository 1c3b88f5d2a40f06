import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createFakeClock } from "../../testing/fake_clock.ts";
import { createTimerWheel, TICK_MS, WHEEL_TICKS } from "./timer_wheel.ts";

/** The longest wait of the random timers, in ms: several rounds of the wheel. */
const WAIT_MAX_MS = 3 * WHEEL_TICKS * TICK_MS;

const anyMs = fc.oneof(
  fc.nat(3 * TICK_MS),
  fc.nat(WAIT_MAX_MS),
  fc.double({ min: 0, max: 100, noNaN: true }),
);
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant("start"), timer: fc.nat(19), waitMs: anyMs }),
  fc.record({ kind: fc.constant("stop"), timer: fc.nat(19), waitMs: anyMs }),
  fc.record({ kind: fc.constant("pass"), timer: fc.nat(19), waitMs: anyMs }),
);

Deno.test("a timer is never early, at most a tick late, and expires once, for any starts and stops", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(anyStep, { maxLength: 60 }),
    // What each timer does when it expires: nothing, start itself, start or stop another one.
    fc.array(fc.constantFrom("nothing", "again", "start", "stop"), {
      minLength: 20,
      maxLength: 20,
    }),
    async (steps, reactions) => {
      const clock = createFakeClock({ wallMs: 0 });
      const wheel = createTimerWheel(clock);
      /** When each started timer is due: the oracle. */
      const dueMs = new Map<number, number>();
      const wrong: { readonly index: number; readonly lateMs: number }[] = [];
      let reactionsLeft = 50;
      const timers = reactions.map((reaction, index) =>
        wheel.createTimer(() => {
          const lateMs = clock.monotonicMs() - (dueMs.get(index) ?? NaN);
          if (!(lateMs >= 0 && lateMs <= TICK_MS)) wrong.push({ index, lateMs });
          dueMs.delete(index);
          if (reaction === "nothing" || reactionsLeft-- <= 0) return;
          const other = reaction === "again" ? index : (index * 7 + 3) % 20;
          if (reaction === "stop") stop(other);
          else start(other, 5 * index);
        })
      );
      const start = (index: number, waitMs: number): void => {
        dueMs.set(index, clock.monotonicMs() + waitMs);
        timers[index]?.startAt(clock.monotonicMs() + waitMs);
      };
      const stop = (index: number): void => {
        dueMs.delete(index);
        timers[index]?.stop();
      };
      for (const { kind, timer, waitMs } of steps) {
        if (kind === "start") start(timer, waitMs);
        else if (kind === "stop") stop(timer);
        else await clock.advance(waitMs);
        const overdue = [...dueMs.values()].filter((ms) =>
          ms + TICK_MS <= clock.monotonicMs()
        );
        deepStrictEqual([overdue, wrong], [[], []]);
        strictEqual(wheel.started, dueMs.size);
        strictEqual(clock.pending, wheel.started === 0 ? 0 : 1);
      }
      reactionsLeft = 0;
      await clock.advance(WAIT_MAX_MS + TICK_MS);
      strictEqual(wheel.started, 0);
      strictEqual(dueMs.size, 0);
      deepStrictEqual(wrong, []);
      strictEqual(clock.pending, 0);
    },
  ));
});

Deno.test("timers expire in the order of their ticks, and those of one tick together", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat(WAIT_MAX_MS), { maxLength: 50 }),
    async (waits) => {
      const clock = createFakeClock({ wallMs: 0 });
      const wheel = createTimerWheel(clock);
      const expired: { readonly dueMs: number; readonly atMs: number }[] = [];
      for (const dueMs of waits) {
        wheel.createTimer(() => expired.push({ dueMs, atMs: clock.monotonicMs() }))
          .startAt(dueMs);
      }
      await clock.advance(WAIT_MAX_MS);
      const ticks = expired.map(({ dueMs }) => Math.ceil(dueMs / TICK_MS));
      deepStrictEqual(ticks, ticks.toSorted((a, b) => a - b));
      strictEqual(ticks.length, waits.length);
      // The first sleep began before all timers of its tick were started.
      const wakeUps = new Set(expired.map(({ atMs }) => atMs));
      ok(wakeUps.size <= new Set(ticks).size + 1);
    },
  ));
});

Deno.test("timers that are due at the same time are not late", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const wheel = createTimerWheel(clock);
  const expired: number[] = [];
  for (let nth = 0; nth < 3; nth++) {
    wheel.createTimer(() => expired.push(clock.monotonicMs())).startAt(1_003);
  }
  await clock.advance(2_000);
  deepStrictEqual(expired, [1_003, 1_003, 1_003]);
});

Deno.test("a wheel that is late because the process was blocked runs every timer once", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  let stallMs = 0;
  const wheel = createTimerWheel({
    monotonicMs: () => clock.monotonicMs() + stallMs,
    sleep: clock.sleep,
  });
  const expired: number[] = [];
  for (const dueMs of [10, 500, 5_200, 9_000, 40_000]) {
    wheel.createTimer(() => expired.push(dueMs)).startAt(dueMs);
  }
  stallMs = 20_000;
  await clock.advance(10);
  deepStrictEqual(expired.toSorted((a, b) => a - b), [10, 500, 5_200, 9_000]);
  await clock.advance(20_000);
  strictEqual(wheel.started, 0);
});
