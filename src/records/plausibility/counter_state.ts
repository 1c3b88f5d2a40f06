/**
 * The state of a counter between readings, and its changes that several rules share.
 * Pure.
 *
 * @module
 */

import type { CounterWords } from "./torn_carry.ts";

/** One reading of a counter, scaled. */
export interface CounterReading {
  readonly value: number;
  /** The scaled value at which the counter wraps to 0; Infinity = it does not wrap. */
  readonly modulus: number;
  /** The largest possible rise in one hour; `Number.MAX_VALUE` = unknown. */
  readonly perHourMax: number;
  /** Monotonic time of the reading, in ms. */
  readonly atMs: number;
  /** Time of the previous poll; absent = when the counter last rose. */
  readonly previousMs?: number;
  /** The registers of the counter; absent = it cannot be torn. */
  readonly words?: CounterWords | undefined;
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

/** The last accepted reading. */
export interface Baseline {
  readonly value: number;
  /** When the value last rose. */
  readonly roseMs: number;
  /** The rate of rise of a counter whose rise looked torn and was confirmed; absent = none was. */
  readonly confirmedPerHour?: number;
}

/** Readings that agree with each other. */
export interface Candidate {
  readonly first: number;
  readonly last: number;
  readonly sinceMs: number;
  readonly readings: number;
  /** Whether the first reading is possible, but looks torn. */
  readonly mayBeTorn?: true;
}

/** Why a reading is withheld. */
export type ImplausibleReason =
  | "counter-zero"
  | "counter-back"
  | "counter-jump"
  | "counter-unproven";

/** Why an accepted reading is flagged. */
export type AcceptedReason = "counter-wrapped" | "counter-reset";

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

/** Rises are compared with at least this period: some devices update a counter rarely. */
export const RISE_HOURS_MIN = 1;
const HOUR_MS = 3_600_000;

/** Accepts a reading as the new baseline. */
export function accept(
  { value, atMs }: CounterReading,
  reason?: AcceptedReason,
  confirmedPerHour?: number,
): ClassifiedReading {
  return {
    state: acceptedState(value, atMs, confirmedPerHour),
    result: reason === undefined
      ? { kind: "plausible" }
      : { kind: "plausible", reason },
  };
}

/** The state after an accepted reading. */
export function acceptedState(
  value: number,
  roseMs: number,
  confirmedPerHour: number | undefined,
): CounterState {
  const baseline: Baseline = confirmedPerHour === undefined
    ? { value, roseMs }
    : { value, roseMs, confirmedPerHour };
  return { baseline, candidate: undefined };
}

/** Withholds a reading, or accepts it as a reset once enough readings confirm it. */
export function withhold(
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
  const isDue = next.readings >= RESET_READINGS && atMs - next.sinceMs >= neededMs;
  // A first value that is flagged, or looks like swapped words, proves nothing by rising.
  const isCredible = reading.credible || value === 0 || baseline !== undefined;
  if (!isDue || !isCredible) {
    return { state: { baseline, candidate: next }, result };
  }
  return accept(reading, baseline === undefined ? undefined : "counter-reset");
}

/** The candidate with this reading; a reading that does not agree with it starts a new one. */
export function extendCandidate(
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

/** The hours between two times. */
export function hoursBetween(fromMs: number, toMs: number): number {
  return (toMs - fromMs) / HOUR_MS;
}
