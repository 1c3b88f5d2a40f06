/**
 * Classifies the readings of a counter that has no accepted value yet: the first value
 * has no history and is believed only within what the device can have counted. Pure.
 *
 * @module
 */

import {
  accept,
  type ClassifiedReading,
  type CounterReading,
  type CounterState,
  extendCandidate,
  RESET_CONSTANT_MS,
  RESET_READINGS,
  UNKNOWN_COUNTER,
  withhold,
} from "./counter_state.ts";

/** Time after which a counter that has never counted is idle although the device does not run, in ms. */
export const IDLE_MS = 86_400_000;
/** A first value above this multiple of what is possible is never accepted, whatever follows. */
export const FIRST_PROVABLE_FACTOR = 1_000;

/** Classifies a reading of a counter that has no accepted value yet. */
export function classifyFirst(
  state: CounterState,
  reading: CounterReading,
): ClassifiedReading {
  const { value, firstMax = Infinity } = reading;
  if (value >= 0 && value <= firstMax && reading.credible) return accept(reading);
  if (reading.idle === true) return withholdIdle(state, reading);
  const reason = value === 0 ? "counter-zero" : "counter-unproven";
  if (value <= firstMax * FIRST_PROVABLE_FACTOR) {
    return withhold(state, reading, reason);
  }
  return { state: UNKNOWN_COUNTER, result: { kind: "implausible", reason } };
}

/**
 * Withholds a value at which a counter may not count at all. It is idle once the value
 * has stayed the same while the device ran, or for a day.
 */
function withholdIdle(
  { candidate, idleAt, idleSinceMs }: CounterState,
  reading: CounterReading,
): ClassifiedReading {
  const { value, atMs, running } = reading;
  const isSame = candidate === undefined || candidate.last === value;
  const sinceMs = isSame ? idleSinceMs ?? atMs : atMs;
  const next = running && isSame ? extendCandidate(candidate, reading) : undefined;
  const ranMs = next === undefined ? 0 : atMs - next.sinceMs;
  const isProven = next !== undefined && next.readings >= RESET_READINGS &&
    ranMs >= RESET_CONSTANT_MS;
  if (idleAt === value || isProven || atMs - sinceMs >= IDLE_MS) {
    return {
      state: { baseline: undefined, candidate: undefined, idleAt: value },
      result: { kind: "idle" },
    };
  }
  return {
    state: { baseline: undefined, candidate: next, idleSinceMs: sinceMs },
    result: {
      kind: "implausible",
      reason: value === 0 ? "counter-zero" : "counter-unproven",
    },
  };
}
