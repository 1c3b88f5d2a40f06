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

/** One reading of a counter, scaled. */
export interface CounterReading {
  readonly value: number;
  /** The scaled value at which the counter wraps to 0; Infinity = it does not wrap. */
  readonly modulus: number;
  /** The largest possible rise in one hour; `Number.MAX_VALUE` = unknown. */
  readonly perHourMax: number;
  /** Monotonic time of the reading, in ms. */
  readonly atMs: number;
  /** Whether another value shows that the device is running. A constant counter is evidence only then. */
  readonly running: boolean;
  /** Whether the value can be accepted as the first one: not an isolated 0, and not all ones. */
  readonly credible: boolean;
  /**
   * The largest value that is accepted as the first one without proof: what the device
   * can have produced in its life, and what its other counters allow; absent = any.
   */
  readonly firstMax?: number;
  /** Whether a counter that stays at this value from the start does not count at all. */
  readonly idle?: boolean;
}

/** The state of a counter between readings. */
export interface CounterState {
  /** The last accepted reading; undefined = none yet. */
  readonly baseline: Baseline | undefined;
  /** Readings that contradict the baseline and agree with each other. */
  readonly candidate: Candidate | undefined;
  /** The value of a counter that does not count: it is treated as not implemented. */
  readonly idleAt?: number;
  /** When a counter without a baseline began to read the same idle value. */
  readonly idleSinceMs?: number;
}

interface Baseline {
  readonly value: number;
  /** When the value last rose. */
  readonly roseMs: number;
}

interface Candidate {
  readonly first: number;
  readonly last: number;
  readonly sinceMs: number;
  readonly readings: number;
}

/** Why a reading is withheld. */
export type ImplausibleReason =
  | "counter-zero"
  | "counter-back"
  | "counter-jump"
  | "counter-unproven";

/** Why an accepted reading is flagged. */
type AcceptedReason = "counter-wrapped" | "counter-reset";

/** The class of a reading: a plausible value is passed on, an implausible one is withheld. */
export type CounterClass =
  | { readonly kind: "plausible"; readonly reason?: AcceptedReason }
  | { readonly kind: "implausible"; readonly reason: ImplausibleReason }
  /** The counter does not count: the value is withheld without a flag. */
  | { readonly kind: "idle"; readonly reason?: undefined };

/** A reading's class, and the counter's state after it. */
export interface ClassifiedReading {
  readonly state: CounterState;
  readonly result: CounterClass;
}

/** The state before the first reading. */
export const UNKNOWN_COUNTER: CounterState = {
  baseline: undefined,
  candidate: undefined,
};

/** Number of readings that must agree with each other before they become the new baseline. */
export const RESET_READINGS = 10;
/** Time that those readings must span if the counter rises, in ms. */
export const RESET_RISING_MS = 60_000;
/** Time that they must span if the counter is constant while the device runs, in ms. */
export const RESET_CONSTANT_MS = 600_000;
/** Time after which a counter that has never counted is idle although the device does not run, in ms. */
export const IDLE_MS = 86_400_000;
/** A first value above this multiple of what is possible is never accepted, whatever follows. */
export const FIRST_PROVABLE_FACTOR = 1_000;

/** Rises are compared with at least this period: some devices update a counter rarely. */
const RISE_HOURS_MIN = 1;
const HOUR_MS = 3_600_000;
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
      ? accept(reading)
      : withhold(state, reading, "counter-jump");
  }
  // A 0 is usually a glitch. A counter that did wrap is above 0 in its next reading.
  if (value > 0 && hasWrapped(baseline, reading)) {
    return accept(reading, "counter-wrapped");
  }
  return withhold(state, reading, value === 0 ? "counter-zero" : "counter-back");
}

/** Classifies a reading of a counter that has no accepted value yet. */
function classifyFirst(
  state: CounterState,
  reading: CounterReading,
): ClassifiedReading {
  const { value, firstMax = Infinity } = reading;
  if (value >= 0 && value <= firstMax && reading.credible) return accept(reading);
  if (reading.idle === true) return withholdIdle(state, reading);
  const { baseline } = state;
  if (value <= firstMax) {
    return withhold(state, reading, value === 0 ? "counter-zero" : "counter-jump");
  }
  const reason = "counter-unproven";
  return value > firstMax * FIRST_PROVABLE_FACTOR
    ? {
      state: { baseline, candidate: undefined },
      result: { kind: "implausible", reason },
    }
    : withhold(state, reading, reason);
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

/** Whether a value equals the baseline and no reading has contradicted it since. */
export function isUnchanged(
  { baseline, candidate }: CounterState,
  value: number,
): boolean {
  return candidate === undefined && baseline?.value === value;
}

function accept(
  { value, atMs }: CounterReading,
  reason?: AcceptedReason,
): ClassifiedReading {
  return {
    state: { baseline: { value, roseMs: atMs }, candidate: undefined },
    result: reason === undefined
      ? { kind: "plausible" }
      : { kind: "plausible", reason },
  };
}

function acceptUnchanged(baseline: Baseline, state: CounterState): ClassifiedReading {
  return {
    state: state.candidate === undefined ? state : { baseline, candidate: undefined },
    result: { kind: "plausible" },
  };
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

/** Withholds a reading, or accepts it as a reset once enough readings confirm it. */
function withhold(
  { baseline, candidate }: CounterState,
  reading: CounterReading,
  reason: ImplausibleReason,
): ClassifiedReading {
  const { value, atMs, running } = reading;
  const result: CounterClass = { kind: "implausible", reason };
  const next = extendCandidate(candidate, reading);
  const rises = next.last > next.first;
  // A sleeping device may report a false value all night. A constant 0 after a value
  // is no evidence of a reset before the counter rises, and neither is a constant
  // value that was not credible from the start.
  const constantCounts = running && (value === 0) === (baseline === undefined);
  if (!rises && !constantCounts) {
    const mayProve = baseline === undefined && value > 0;
    return { state: { baseline, candidate: mayProve ? next : undefined }, result };
  }
  const neededMs = rises ? RESET_RISING_MS : RESET_CONSTANT_MS;
  if (next.readings < RESET_READINGS || atMs - next.sinceMs < neededMs) {
    return { state: { baseline, candidate: next }, result };
  }
  return accept(reading, baseline === undefined ? undefined : "counter-reset");
}

/** The candidate with this reading; a reading that does not agree with it starts a new one. */
function extendCandidate(
  candidate: Candidate | undefined,
  reading: CounterReading,
): Candidate {
  const { value, atMs, perHourMax } = reading;
  const started: Candidate = { first: value, last: value, sinceMs: atMs, readings: 1 };
  if (candidate === undefined || value < candidate.last) return started;
  // The first value above 0 is the start of the new count, not the 0 before it.
  if (candidate.last === 0 && value > 0) return started;
  const hours = Math.max(RISE_HOURS_MIN, hoursBetween(candidate.sinceMs, atMs));
  if (value - candidate.last > perHourMax * hours) return started;
  return { ...candidate, last: value, readings: candidate.readings + 1 };
}

function hoursBetween(fromMs: number, toMs: number): number {
  return (toMs - fromMs) / HOUR_MS;
}
