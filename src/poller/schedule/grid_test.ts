import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  advanceSchedule,
  type ClockReading,
  completeSlot,
  createSchedule,
  gridOf,
  type Schedule,
  skipTime,
  slotStartMs,
  SPREAD_SHARE,
  START_DISTANCE_SHARE,
  startSlot,
} from "./grid.ts";

const EPOCH_MS = 1_795_400_000_000;
const anyInterval = fc.constantFrom(200, 1_000, 5_000, 10_000, 60_000, 3_600_000);
const anyPoll = fc.record({
  /** In intervals: mostly short, sometimes an overrun. */
  lasts: fc.oneof(fc.double({ min: 0, max: 0.7, noNaN: true }), fc.nat(7)),
  answers: fc.boolean(),
});

/** Performs a schedule as an actor does, with its own clocks. */
function createPlayer(intervalMs: number, key = "inv-1"): {
  now: ClockReading;
  starts: { wallMs: number; monotonicMs: number; missed: number }[];
  schedule(): Schedule;
  poll(durationMs: number, answers: boolean): void;
  idle(durationMs: number): void;
  jump(offsetMs: number): void;
} {
  let now: ClockReading = { wallMs: EPOCH_MS, monotonicMs: 0 };
  let schedule = createSchedule(gridOf(key, intervalMs), now);
  const starts: { wallMs: number; monotonicMs: number; missed: number }[] = [];
  const go = (ms: number): void => {
    now = { wallMs: now.wallMs + ms, monotonicMs: now.monotonicMs + ms };
  };
  return {
    get now() {
      return now;
    },
    starts,
    schedule: () => schedule,
    poll(durationMs, answers): void {
      for (let looks = 0; looks < 100_000; looks++) {
        const seen = advanceSchedule(schedule, now);
        schedule = seen.schedule;
        if (seen.waitMs === 0) break;
        go(Math.min(seen.waitMs, 5_000));
      }
      schedule = startSlot(schedule, now);
      starts.push({ ...now, missed: schedule.missed });
      go(durationMs);
      schedule = completeSlot(schedule, now, answers).schedule;
    },
    idle(durationMs): void {
      go(durationMs);
      schedule = skipTime(schedule, now).schedule;
    },
    jump(offsetMs): void {
      now = { ...now, wallMs: now.wallMs + offsetMs };
    },
  };
}

Deno.test("a poll starts in its slot of UTC, and a slot has one poll", () => {
  fc.assert(
    fc.property(
      anyInterval,
      fc.array(anyPoll, { maxLength: 30 }),
      (interval, polls) => {
        const player = createPlayer(interval);
        const { offsetMs } = player.schedule().grid;
        for (const { lasts, answers } of polls) player.poll(lasts * interval, answers);
        const slots = player.starts.map(({ wallMs }) => (wallMs - offsetMs) / interval);
        for (const slot of slots) {
          ok(
            Math.abs(slot - Math.round(slot)) < 1e-3,
            `${slot}`,
          );
        }
        strictEqual(new Set(slots.map(Math.round)).size, slots.length);
      },
    ),
  );
});

Deno.test("each slot between two records is counted as missed once", () => {
  fc.assert(
    fc.property(
      anyInterval,
      fc.array(anyPoll, { maxLength: 30 }),
      (interval, polls) => {
        const player = createPlayer(interval);
        let lastRecordMs: number | undefined;
        for (const { lasts, answers } of polls) {
          player.poll(lasts * interval, answers);
          const { wallMs, missed } = player.starts.at(-1) ?? { wallMs: 0, missed: 0 };
          if (lastRecordMs !== undefined) {
            strictEqual(missed, Math.round((wallMs - lastRecordMs) / interval) - 1);
          }
          if (answers) lastRecordMs = wallMs;
        }
      },
    ),
  );
});

Deno.test("clock steps in both directions cause neither a burst nor a missed slot", () => {
  const anyJump = fc.oneof(
    fc.integer({ min: -400_000_000, max: 400_000_000 }),
    fc.integer({ min: -3_000, max: 3_000 }),
  ).filter((jump) => Math.abs(jump) > 1_000);
  fc.assert(
    fc.property(
      fc.constantFrom(1_000, 10_000, 60_000),
      fc.array(fc.tuple(anyJump, fc.integer({ min: 1, max: 3 })), { maxLength: 12 }),
      (interval, jumps) => {
        const player = createPlayer(interval);
        player.poll(10, true);
        for (const [jump, polls] of jumps) {
          player.jump(jump);
          for (let count = 0; count < polls; count++) player.poll(10, true);
        }
        for (const [at, now] of player.starts.entries()) {
          strictEqual(now.missed, 0);
          const before = player.starts[at - 1];
          if (before === undefined) continue;
          const apartMs = now.monotonicMs - before.monotonicMs;
          ok(apartMs >= START_DISTANCE_SHARE * interval, `${apartMs} ms apart`);
          ok(apartMs <= (1 + START_DISTANCE_SHARE) * interval, `${apartMs} ms apart`);
        }
      },
    ),
  );
});

Deno.test("a clock step during a poll does not hide the slots that the poll overran", () => {
  const player = createPlayer(1_000);
  player.poll(10, true);
  const { monotonicMs, wallMs } = player.now;
  const { offsetMs } = player.schedule().grid;
  const due = slotStartMs(player.schedule().grid, player.schedule().slot);
  const toSlotMs = due - wallMs;
  let schedule = advanceSchedule(player.schedule(), {
    wallMs: due,
    monotonicMs: monotonicMs + toSlotMs,
  }).schedule;
  const ended = completeSlot(schedule, {
    wallMs: due + 3_500 + 86_400_000,
    monotonicMs: monotonicMs + toSlotMs + 3_500,
  }, true);
  schedule = ended.schedule;
  strictEqual(ended.steppedMs, 86_400_000);
  strictEqual(schedule.missed, 3);
  strictEqual((slotStartMs(schedule.grid, schedule.slot) - offsetMs) % 1_000, 0);
});

Deno.test("a slewed clock is not taken for a step", () => {
  const player = createPlayer(10_000);
  let stepped = 0;
  let schedule = player.schedule();
  for (let second = 1; second <= 3_600; second++) {
    const now = { wallMs: EPOCH_MS + second * 1_083, monotonicMs: second * 1_000 };
    const seen = skipTime(schedule, now);
    schedule = seen.schedule;
    stepped += seen.steppedMs;
  }
  strictEqual(stepped, 0);
});

Deno.test("slots that pass while a device is offline are missed, and the next is on the grid", () => {
  const player = createPlayer(10_000);
  player.poll(100, true);
  player.idle(65_000);
  player.poll(100, true);
  const [first, second] = player.starts;
  deepStrictEqual([first?.missed, second?.missed], [0, 6]);
  strictEqual((second?.wallMs ?? 0) - (first?.wallMs ?? 0), 70_000);
});

Deno.test("a late wake-up polls in the current slot", () => {
  const player = createPlayer(1_000);
  player.poll(10, true);
  const { schedule } = advanceSchedule(player.schedule(), {
    wallMs: player.now.wallMs + 4_400,
    monotonicMs: player.now.monotonicMs + 4_400,
  });
  strictEqual(schedule.missed, 3);
});

Deno.test("offsets are stable and spread evenly over a share of the interval", () => {
  const offsets = Array.from(
    { length: 1_000 },
    (_, at) => gridOf(`10.0.0.${at % 250}:502/${at}`, 10_000).offsetMs,
  );
  ok(offsets.every((offset) => offset >= 0 && offset <= SPREAD_SHARE * 10_000));
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = offsets.filter((ms) => Math.floor(ms / 200) === tenth).length;
    ok(count > 60 && count < 140, `${count} of 1000 in tenth ${tenth}`);
  }
  strictEqual(gridOf("inv-01", 10_000).offsetMs, gridOf("inv-01", 10_000).offsetMs);
});
