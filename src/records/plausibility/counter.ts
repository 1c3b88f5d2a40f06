/**
 * Classifies the readings of one counter by the readings before it. Pure: a
 * state and a reading in, a state and a classification out.
 *
 * Devices report 0 at wake-up, for one poll or for minutes; they lose digits,
 * report the "not implemented" value of another type, or restart from 0 after a
 * repair. A counter that falls or jumps is therefore withheld until later
 * readings show whether it was a glitch or a reset.
 *
 * @module
 */

import {
  accept,
  acceptedState,
  type Baseline,
  type ClassifiedReading,
  type CounterReading,
  type CounterState,
  extendCandidate,
  hoursBetween,
  RESET_RISING_MS,
  RISE_HOURS_MIN,
  withhold,
} from "./counter_state.ts";
import { classifyFirst } from "./first_reading.ts";
import { isWithinWord, mayBeTorn } from "./torn_carry.ts";

export {
  type ClassifiedReading,
  type CounterClass,
  type CounterReading,
  type CounterState,
  RESET_READINGS,
  UNKNOWN_COUNTER,
} from "./counter_state.ts";

/** Factor between the confirmed rate of a fast counter and the rises that need no confirmation again. */
const CONFIRMED_MARGIN = 2;
/** Share of the modulus: a rise through the end of the range that is smaller counts as a wrap at any rate of rise. */
const WRAP_SHARE_MIN = 2 ** -12;
/** Share of the modulus: a larger rise through the end of the range is never a wrap. */
const WRAP_SHARE_MAX = 1 / 8;

/**
 * Classifies one reading. Plausible are the baseline itself, a rise that is
 * possible in the time since the last one, and a wrap at the end of the range.
 * Any other reading is withheld until the counter returns to the expected value,
 * or until {@linkcode RESET_READINGS} readings confirm the new one.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { classifyReading, UNKNOWN_COUNTER } from "./counter.ts";
 *
 * const reading = { modulus: 2 ** 32, perHourMax: 1e7, running: true, credible: true };
 * const known = classifyReading(UNKNOWN_COUNTER, { ...reading, value: 5_000, atMs: 0 });
 * const glitch = classifyReading(known.state, { ...reading, value: 0, atMs: 10_000 });
 * deepStrictEqual(glitch.result, { kind: "implausible", reason: "counter-zero" });
 * const after = classifyReading(glitch.state, { ...reading, value: 5_001, atMs: 20_000 });
 * deepStrictEqual(after.result, { kind: "plausible" });
 * ```
 */
export function classifyReading(
  state: CounterState,
  reading: CounterReading,
): ClassifiedReading {
  const { baseline } = state;
  const { value, atMs } = reading;
  if (baseline === undefined) return classifyFirst(state, reading);
  if (value === baseline.value) return acceptUnchanged(baseline, state);
  if (value > baseline.value) {
    const hours = Math.max(RISE_HOURS_MIN, hoursBetween(baseline.roseMs, atMs));
    return value - baseline.value <= reading.perHourMax * hours
      ? acceptRise(state, baseline, reading)
      : withhold(state, reading, "counter-jump");
  }
  // A 0 is usually a glitch. A counter that did wrap is above 0 in its next reading.
  if (value > 0 && hasWrapped(baseline, reading)) {
    return acceptRise(state, baseline, reading, "counter-wrapped");
  }
  return withhold(state, reading, value === 0 ? "counter-zero" : "counter-back");
}

/**
 * The state after the usual rise of a counter: possible in the time, by less than a word
 * of its registers, and without a reading that contradicts the baseline. It gives what
 * {@linkcode classifyReading} gives, which need not be called then: most readings are
 * like this.
 *
 * @param step the value of one step of the number in the registers; undefined = a float.
 * @returns undefined if it is not the usual rise.
 */
export function usualRise(
  { baseline, candidate }: CounterState,
  { value, atMs, perHourMax }: Pick<CounterReading, "value" | "atMs" | "perHourMax">,
  step: number | undefined,
): CounterState | undefined {
  if (baseline === undefined || candidate !== undefined || step === undefined) {
    return undefined;
  }
  const rise = value - baseline.value;
  if (rise <= 0 || !isWithinWord(rise, step)) return undefined;
  const hours = Math.max(RISE_HOURS_MIN, hoursBetween(baseline.roseMs, atMs));
  if (rise > perHourMax * hours) return undefined;
  return acceptedState(value, atMs, baseline.confirmedPerHour);
}

/** Whether a value equals the baseline and no reading has contradicted it since. */
export function isUnchanged(
  { baseline, candidate }: CounterState,
  value: number,
): boolean {
  return candidate === undefined && baseline?.value === value;
}

function acceptUnchanged(baseline: Baseline, state: CounterState): ClassifiedReading {
  return {
    state: state.candidate === undefined ? state : { baseline, candidate: undefined },
    result: { kind: "plausible" },
  };
}

/**
 * Accepts a possible rise. One that looks torn waits until the next reading rises from
 * it, or until it has stayed the same: after a torn reading the counter falls.
 */
function acceptRise(
  { candidate }: CounterState,
  baseline: Baseline,
  reading: CounterReading,
  reason?: "counter-wrapped",
): ClassifiedReading {
  const { confirmedPerHour } = baseline;
  if (!isDoubtful(baseline, reading)) return accept(reading, reason, confirmedPerHour);
  const before = candidate?.mayBeTorn === true ? candidate : undefined;
  const next = extendCandidate(before, reading);
  const hours = hoursBetween(next.sinceMs, reading.atMs);
  if (next.last > next.first && hours > 0) {
    const perHour = (next.last - next.first) / hours;
    return accept(reading, reason, Math.max(perHour, confirmedPerHour ?? 0));
  }
  if (reading.atMs - next.sinceMs >= RESET_RISING_MS) {
    return accept(reading, reason, confirmedPerHour);
  }
  return {
    state: { baseline, candidate: { ...next, mayBeTorn: true } },
    result: { kind: "implausible", reason: "counter-jump" },
  };
}

/** Whether a rise looks torn and is not the usual one of a fast counter. */
function isDoubtful(baseline: Baseline, reading: CounterReading): boolean {
  const { words, value, modulus, perHourMax, atMs } = reading;
  if (words === undefined) return false;
  const to = value < baseline.value ? value + modulus : value;
  const hours = hoursBetween(reading.previousMs ?? baseline.roseMs, atMs);
  const usual = (baseline.confirmedPerHour ?? 0) * CONFIRMED_MARGIN * hours;
  if (to - baseline.value <= usual) return false;
  return mayBeTorn(words, { from: baseline.value, to, possible: perHourMax * hours });
}

/** Whether the counter passed the end of its range and restarted at 0. */
function hasWrapped(baseline: Baseline, reading: CounterReading): boolean {
  const { value, modulus, perHourMax, atMs } = reading;
  if (!Number.isFinite(modulus)) return false;
  const rise = value + modulus - baseline.value;
  const possible = perHourMax * hoursBetween(baseline.roseMs, atMs);
  const least = modulus * WRAP_SHARE_MIN;
  return rise <= Math.min(Math.max(possible, least), modulus * WRAP_SHARE_MAX);
}
