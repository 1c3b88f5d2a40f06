/**
 * Whether a counter's reading can be believed, from those before it. Pure.
 *
 * Devices read 0 at wake-up, for a poll or for minutes; they lose digits, send
 * a mark of another type, or count from 0 anew after a repair. A counter that
 * falls or leaps is held back until it is clear which it is.
 *
 * @module
 */

/** One reading of a counter, scaled. */
export interface CounterReading {
  readonly value: number;
  /** Where it starts again at 0, scaled; Infinity = it does not. */
  readonly modulus: number;
  /** The most that it can rise in an hour; `Number.MAX_VALUE` = unknown. */
  readonly perHourMax: number;
  /** Monotonic, in ms. */
  readonly atMs: number;
  /** Whether another value shows that the device runs: only then does a counter that stands still say something. */
  readonly running: boolean;
  /** Whether it can be taken without one before it: not a 0 on its own, nor all ones. */
  readonly credible: boolean;
}

/** What is remembered of a counter. */
export interface CounterState {
  /** The last reading that was believed; undefined = none yet. */
  readonly trusted: Trusted | undefined;
  /** Readings that contradict it, and that agree with each other. */
  readonly doubted: Doubted | undefined;
}

interface Trusted {
  readonly value: number;
  /** When it last rose. */
  readonly roseMs: number;
}

interface Doubted {
  readonly first: number;
  readonly last: number;
  readonly sinceMs: number;
  readonly readings: number;
}

/** Why a reading is held back. */
export type HeldReason = "counter-zero" | "counter-back" | "counter-jump";

/** What becomes of a reading. */
export type CounterVerdict =
  | { readonly passes: true; readonly reason?: "counter-wrapped" | "counter-reset" }
  | { readonly passes: false; readonly reason: HeldReason };

/** A counter of which nothing is known. */
export const NEW_COUNTER: CounterState = { trusted: undefined, doubted: undefined };

/** So many readings that agree with each other make a new beginning ... */
export const RESET_READINGS = 10;
/** ... once they span so long, if they rise: then it counts, ... */
export const RESET_COUNTING_MS = 60_000;
/** ... or so long, if it stands still though the device runs. */
export const RESET_STILL_MS = 600_000;

/** A counter may have been kept from rising (written seldom, read anew) so long before we look. */
const RISE_HOURS_MIN = 1;
const HOUR_MS = 3_600_000;
/** Of the modulus: a counter that ends this close to it has wrapped, whatever its pace. */
const WRAP_SHARE_MIN = 2 ** -12;
/** Of the modulus: one that ends farther from it has not. */
const WRAP_SHARE_MAX = 1 / 8;

/**
 * Judges one reading. What is believed is the last reading, risen by no more
 * than the time allows; a counter at its end starts again at 0. All else is held
 * back until it returns to where it should be, or until
 * {@linkcode RESET_READINGS} readings agree that it really stands there.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { judge, NEW_COUNTER } from "./counter.ts";
 *
 * const reading = { modulus: 2 ** 32, perHourMax: 1e7, running: true, credible: true };
 * const known = judge(NEW_COUNTER, { ...reading, value: 5_000, atMs: 0 });
 * const glitch = judge(known.state, { ...reading, value: 0, atMs: 10_000 });
 * deepStrictEqual(glitch.verdict, { passes: false, reason: "counter-zero" });
 * const after = judge(glitch.state, { ...reading, value: 5_001, atMs: 20_000 });
 * deepStrictEqual(after.verdict, { passes: true });
 * ```
 */
export function judge(
  state: CounterState,
  reading: CounterReading,
): { readonly state: CounterState; readonly verdict: CounterVerdict } {
  const { trusted } = state;
  const { value, atMs } = reading;
  if (trusted === undefined) {
    if (value >= 0 && reading.credible) return believe(reading);
    return doubt(state, reading, value === 0 ? "counter-zero" : "counter-jump");
  }
  if (value === trusted.value) return keep(trusted, state);
  if (value > trusted.value) {
    const hours = Math.max(RISE_HOURS_MIN, hoursBetween(trusted.roseMs, atMs));
    return value - trusted.value <= reading.perHourMax * hours
      ? believe(reading)
      : doubt(state, reading, "counter-jump");
  }
  // A 0 is more often a false one: a counter that wrapped shows it by the next reading.
  if (value > 0 && hasWrapped(trusted, reading)) {
    return believe(reading, "counter-wrapped");
  }
  return doubt(state, reading, value === 0 ? "counter-zero" : "counter-back");
}

/** Whether a reading is the very one that was believed last, with none doubted since. */
export function standsAt({ trusted, doubted }: CounterState, value: number): boolean {
  return doubted === undefined && trusted?.value === value;
}

type Judged = ReturnType<typeof judge>;

function believe(
  { value, atMs }: CounterReading,
  reason?: "counter-wrapped" | "counter-reset",
): Judged {
  return {
    state: { trusted: { value, roseMs: atMs }, doubted: undefined },
    verdict: reason === undefined ? { passes: true } : { passes: true, reason },
  };
}

function keep(trusted: Trusted, state: CounterState): Judged {
  return {
    state: state.doubted === undefined ? state : { trusted, doubted: undefined },
    verdict: { passes: true },
  };
}

/** Whether the counter came to its end and began anew. */
function hasWrapped(trusted: Trusted, reading: CounterReading): boolean {
  const { value, modulus, perHourMax, atMs } = reading;
  if (!Number.isFinite(modulus)) return false;
  const rise = value + modulus - trusted.value;
  const could = perHourMax * hoursBetween(trusted.roseMs, atMs);
  const least = modulus * WRAP_SHARE_MIN;
  return rise <= Math.min(Math.max(could, least), modulus * WRAP_SHARE_MAX);
}

/** Holds a reading back, or takes it for a new beginning. */
function doubt(
  { trusted, doubted }: CounterState,
  reading: CounterReading,
  reason: HeldReason,
): Judged {
  const { value, atMs, running } = reading;
  const verdict: CounterVerdict = { passes: false, reason };
  const next = follow(doubted, reading);
  const counts = next.last > next.first;
  // A device that sleeps shows whatever it likes, the whole night; and a 0 after a value
  // is no beginning before it counts.
  const says = running && !(value === 0 && trusted !== undefined);
  if (!counts && !says) return { state: { trusted, doubted: undefined }, verdict };
  const neededMs = counts ? RESET_COUNTING_MS : RESET_STILL_MS;
  if (next.readings < RESET_READINGS || atMs - next.sinceMs < neededMs) {
    return { state: { trusted, doubted: next }, verdict };
  }
  return trusted === undefined && value === 0
    ? believe(reading)
    : believe(reading, "counter-reset");
}

/** The readings that agree, with this one; one that does not agree begins anew. */
function follow(doubted: Doubted | undefined, reading: CounterReading): Doubted {
  const { value, atMs, perHourMax } = reading;
  const begin: Doubted = { first: value, last: value, sinceMs: atMs, readings: 1 };
  if (doubted === undefined || value < doubted.last) return begin;
  // What comes after 0 is the beginning, not 0.
  if (doubted.last === 0 && value > 0) return begin;
  const hours = Math.max(RISE_HOURS_MIN, hoursBetween(doubted.sinceMs, atMs));
  if (value - doubted.last > perHourMax * hours) return begin;
  return { ...doubted, last: value, readings: doubted.readings + 1 };
}

function hoursBetween(fromMs: number, toMs: number): number {
  return (toMs - fromMs) / HOUR_MS;
}
