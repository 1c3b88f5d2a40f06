import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  classifyReading,
  type CounterReading,
  type CounterState,
  RESET_READINGS,
  UNKNOWN_COUNTER,
  usualRise,
} from "./counter.ts";

const EVERY_MS = 10_000;
const HOUR_MS = 3_600_000;

/** The class of each reading of a 32-bit counter in Wh of a running device. */
function classifyAll(
  values: readonly number[],
  more: Partial<CounterReading> = {},
): string[] {
  let state: CounterState = UNKNOWN_COUNTER;
  return values.map((value, at) => {
    const classified = classifyReading(state, {
      value,
      modulus: 2 ** 32,
      perHourMax: 10_000_000,
      atMs: at * EVERY_MS,
      running: true,
      credible: value > 0,
      ...more,
    });
    state = classified.state;
    const { kind, reason } = classified.result;
    return kind === "plausible" ? reason ?? "plausible" : `withheld ${reason}`;
  });
}

/** `count` equal readings. */
function times(count: number, value: number): number[] {
  return new Array(count).fill(value);
}

Deno.test("classifyReading(): any glitches between real readings are withheld, and the real readings are plausible", () => {
  const glitch = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 900_000 }), // back
    fc.integer({ min: 50_000_000, max: 2 ** 31 }), // more than the device can produce
  );
  const stretch = fc.record({
    rises: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 20 }),
    glitches: fc.array(glitch, { maxLength: RESET_READINGS - 1 }),
  });
  let glitchCount = 0;
  fc.assert(fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
    let counter = 1_000_000;
    const readings: { value: number; real: boolean }[] = [];
    for (const { rises, glitches } of stretches) {
      for (const rise of rises) {
        readings.push({ value: counter += rise, real: true });
      }
      readings.push(...glitches.map((value) => ({ value, real: false })));
    }
    const classes = classifyAll(readings.map(({ value }) => value));
    for (const [at, { value, real }] of readings.entries()) {
      if (real) strictEqual(classes[at], "plausible", `${value} at ${at}`);
      else {
        glitchCount++;
        ok(classes[at]?.startsWith("withheld"), `${value} at ${at}: ${classes[at]}`);
      }
    }
  }));
  ok(glitchCount > 100, `only ${glitchCount} glitches`);
});

Deno.test("classifyReading(): after any readings, a rising counter is plausible again after twice RESET_READINGS", () => {
  const reading = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 50 }), reading, (before, from) => {
      const rising = Array.from(
        { length: 2 * RESET_READINGS },
        (_, at) => from + at + 1,
      );
      strictEqual(classifyAll([...before, ...rising]).at(-1), "plausible");
    }),
  );
});

Deno.test("classifyReading(): a 0 at wake-up is withheld, and the readings after it are plausible", () => {
  deepStrictEqual(classifyAll([5_000, 0, 0, 5_000, 5_001]), [
    "plausible",
    "withheld counter-zero",
    "withheld counter-zero",
    "plausible",
    "plausible",
  ]);
});

Deno.test("classifyReading(): a constant 0 is withheld as long as the device is not running", () => {
  const night = classifyAll([5_000, ...times(5_000, 0)], { running: false });
  ok(night.slice(1).every((each) => each === "withheld counter-zero"));
});

Deno.test("classifyReading(): a counter that restarts and rises is a reset after ten readings that agree", () => {
  const classes = classifyAll([5_000, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  deepStrictEqual(classes.slice(0, 10), [
    "plausible",
    ...new Array(9).fill("withheld counter-back"),
  ]);
  deepStrictEqual(classes.slice(10), ["counter-reset", "plausible"]);
});

Deno.test("classifyReading(): a constant counter at another value is a reset after ten minutes", () => {
  const classes = classifyAll([5_000, ...times(70, 7)]);
  strictEqual(classes.indexOf("counter-reset"), 61);
});

Deno.test("classifyReading(): a constant 0 after a value is always withheld; a counter that rises from it is a reset", () => {
  const classes = classifyAll([
    5_000,
    ...times(500, 0),
    ...Array.from({ length: 12 }, (_, at) => at + 1),
  ]);
  ok(classes.slice(1, 502).every((each) => each.startsWith("withheld counter-")));
  ok(classes.slice(502).includes("counter-reset"));
});

Deno.test("classifyReading(): a wrap at the end of the range is plausible and flagged once", () => {
  const end = 2 ** 32;
  deepStrictEqual(classifyAll([end - 20, end - 2, 5, 9]), [
    "plausible",
    "plausible",
    "counter-wrapped",
    "plausible",
  ]);
});

Deno.test("classifyReading(): a 0 near the end of the range is withheld, whether or not the counter wrapped", () => {
  const end = 2 ** 32;
  deepStrictEqual(classifyAll([end - 20, 0, end - 18, 0, 3]), [
    "plausible",
    "withheld counter-zero",
    "plausible",
    "withheld counter-zero",
    "counter-wrapped",
  ]);
});

Deno.test("classifyReading(): a fall far from the end of the range is not a wrap", () => {
  strictEqual(classifyAll([2 ** 32 - 10_000_000, 5])[1], "withheld counter-back");
  strictEqual(
    classifyAll([2 ** 32 - 20, 0], { modulus: Infinity })[1],
    "withheld counter-zero",
  );
});

Deno.test("classifyReading(): a jump above the maximum rise is withheld; the same rise after two days is plausible", () => {
  strictEqual(classifyAll([1_000, 11_000_000])[1], "withheld counter-jump");
  const { state } = classifyReading(UNKNOWN_COUNTER, reading(1_000, 0));
  deepStrictEqual(classifyReading(state, reading(11_000_000, 48 * HOUR_MS)).result, {
    kind: "plausible",
  });
});

Deno.test("classifyReading(): a first 0 is withheld until the counter rises, unless it is credible", () => {
  deepStrictEqual(classifyAll([0, 0, 4, 5]), [
    "withheld counter-zero",
    "withheld counter-zero",
    "plausible",
    "plausible",
  ]);
  deepStrictEqual(classifyAll([0, 0, 4], { credible: true }), [
    "plausible",
    "plausible",
    "plausible",
  ]);
});

Deno.test("classifyReading(): a first 0 of a running device is plausible after ten minutes", () => {
  strictEqual(classifyAll(times(70, 0)).indexOf("plausible"), 60);
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

Deno.test("usualRise() gives what classifyReading() gives, for any readings before", () => {
  const by = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -1, max: 60 }) },
    fc.constantFrom(-70_000, 49_151, 49_152, 50_000, 65_535, 65_536, 131_072, 2 ** 31),
  );
  const readings = fc.array(
    fc.record({ by, afterMs: fc.constantFrom(1_000, 60_000, 3_600_000) }),
    { minLength: 2, maxLength: 30 },
  );
  const registers = fc.constantFrom(
    undefined,
    { count: 2, step: 1 },
    { count: 2, step: 0.1 },
    { count: 4, step: 10 },
  );
  const perHourMax = fc.constantFrom(100, 20_000, Number.MAX_VALUE);
  let usual = 0;
  fc.assert(
    fc.property(readings, registers, perHourMax, (list, words, perHourMax) => {
      let state: CounterState = UNKNOWN_COUNTER;
      let atMs = 0;
      let steps = 60_000;
      for (const { by, afterMs } of list) {
        const previousMs = atMs;
        atMs += afterMs;
        steps = (steps + by + 2 ** 32) % 2 ** 32;
        const value = steps * (words?.step ?? 1);
        const reading = { value, atMs, perHourMax };
        const modulus = 2 ** 32 * (words?.step ?? 1);
        const quick = usualRise(state, reading, words?.step ?? Infinity);
        const classified = classifyReading(state, {
          ...{ ...reading, previousMs, modulus, words, running: true, credible: true },
        });
        if (quick !== undefined) {
          usual++;
          deepStrictEqual({ state: quick, result: { kind: "plausible" } }, classified);
        }
        state = classified.state;
      }
    }),
  );
  ok(usual > 200, `${usual}`);
});
