import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type CounterReading,
  type CounterState,
  judge,
  NEW_COUNTER,
  RESET_READINGS,
} from "./counter.ts";

const EVERY_MS = 10_000;
const HOUR_MS = 3_600_000;

/** What a counter of 32 bits in Wh, of a device that runs, has become of each reading. */
function play(
  values: readonly number[],
  more: Partial<CounterReading> = {},
): string[] {
  let state: CounterState = NEW_COUNTER;
  return values.map((value, at) => {
    const judged = judge(state, {
      value,
      modulus: 2 ** 32,
      perHourMax: 10_000_000,
      atMs: at * EVERY_MS,
      running: true,
      credible: value > 0,
      ...more,
    });
    state = judged.state;
    const { passes, reason } = judged.verdict;
    return passes ? reason ?? "passes" : `held ${reason}`;
  });
}

/** A number of the same readings. */
function times(count: number, value: number): number[] {
  return new Array(count).fill(value);
}

Deno.test("whatever a device sends in between, what passes without a flag is where the counter stands", () => {
  const glitch = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 900_000 }), // back
    fc.integer({ min: 50_000_000, max: 2 ** 31 }), // beyond what it can
  );
  const stretch = fc.record({
    rises: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 20 }),
    glitches: fc.array(glitch, { maxLength: RESET_READINGS - 1 }),
  });
  let fired = 0;
  fc.assert(fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
    let stands = 1_000_000;
    const readings: { value: number; real: boolean }[] = [];
    for (const { rises, glitches } of stretches) {
      for (const rise of rises) {
        readings.push({ value: stands += rise, real: true });
      }
      readings.push(...glitches.map((value) => ({ value, real: false })));
    }
    const became = play(readings.map(({ value }) => value));
    for (const [at, { value, real }] of readings.entries()) {
      if (real) strictEqual(became[at], "passes", `${value} at ${at}`);
      else {
        fired++;
        ok(became[at]?.startsWith("held"), `${value} at ${at}: ${became[at]}`);
      }
    }
  }));
  ok(fired > 100, `${fired} glitches were played`);
});

Deno.test("whatever the readings, a counter that counts is believed again within bounds", () => {
  const reading = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 50 }), reading, (before, from) => {
      const anew = Array.from({ length: 2 * RESET_READINGS }, (_, at) => from + at + 1);
      strictEqual(play([...before, ...anew]).at(-1), "passes");
    }),
  );
});

Deno.test("a 0 at wake-up is held back, and what comes after it passes", () => {
  deepStrictEqual(play([5_000, 0, 0, 5_000, 5_001]), [
    "passes",
    "held counter-zero",
    "held counter-zero",
    "passes",
    "passes",
  ]);
});

Deno.test("a 0 that stays the whole night is never believed while nothing runs", () => {
  const night = play([5_000, ...times(5_000, 0)], { running: false });
  ok(night.slice(1).every((each) => each === "held counter-zero"));
});

Deno.test("a counter that begins anew and counts is believed after ten readings that agree", () => {
  const became = play([5_000, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  deepStrictEqual(became.slice(0, 10), [
    "passes",
    ...new Array(9).fill("held counter-back"),
  ]);
  deepStrictEqual(became.slice(10), ["counter-reset", "passes"]);
});

Deno.test("a counter that stands still at another value needs ten minutes", () => {
  const became = play([5_000, ...times(70, 7)]);
  strictEqual(became.indexOf("counter-reset"), 61);
});

Deno.test("a 0 after a value is never believed, however long it stands; a counter that counts on from it is", () => {
  const became = play([
    5_000,
    ...times(500, 0),
    ...Array.from({ length: 12 }, (_, at) => at + 1),
  ]);
  ok(became.slice(1, 502).every((each) => each.startsWith("held counter-")));
  ok(became.slice(502).includes("counter-reset"));
});

Deno.test("a counter that wraps at the end of its bits passes, and is flagged once", () => {
  const end = 2 ** 32;
  deepStrictEqual(play([end - 20, end - 2, 5, 9]), [
    "passes",
    "passes",
    "counter-wrapped",
    "passes",
  ]);
});

Deno.test("a 0 near the end of the bits is held back, whether the counter has wrapped or not", () => {
  const end = 2 ** 32;
  deepStrictEqual(play([end - 20, 0, end - 18, 0, 3]), [
    "passes",
    "held counter-zero",
    "passes",
    "held counter-zero",
    "counter-wrapped",
  ]);
});

Deno.test("a counter that falls far from the end of its bits has not wrapped", () => {
  strictEqual(play([2 ** 32 - 10_000_000, 5])[1], "held counter-back");
  strictEqual(play([2 ** 32 - 20, 0], { modulus: Infinity })[1], "held counter-zero");
});

Deno.test("a leap beyond what the device can is held back, the same after days is not", () => {
  strictEqual(play([1_000, 11_000_000])[1], "held counter-jump");
  const { state } = judge(NEW_COUNTER, reading(1_000, 0));
  deepStrictEqual(judge(state, reading(11_000_000, 48 * HOUR_MS)).verdict, {
    passes: true,
  });
});

Deno.test("a first 0 is held back until the counter counts, or others beside it do", () => {
  deepStrictEqual(play([0, 0, 4, 5]), [
    "held counter-zero",
    "held counter-zero",
    "passes",
    "passes",
  ]);
  deepStrictEqual(play([0, 0, 4], { credible: true }), ["passes", "passes", "passes"]);
});

Deno.test("a first 0 of a device that runs and never counts is believed after ten minutes", () => {
  strictEqual(play(times(70, 0)).indexOf("passes"), 60);
});

function reading(value: number, atMs: number): CounterReading {
  return {
    value,
    atMs,
    modulus: 2 ** 32,
    perHourMax: 10_000_000,
    running: true,
    credible: true,
  };
}
