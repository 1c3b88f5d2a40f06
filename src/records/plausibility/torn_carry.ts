/**
 * Recognises readings of a counter whose registers are from before and after a carry.
 *
 * A device that updates a counter register by register, or between two requests, passes
 * on its new high words with its old low words: the counter seems to rise by a whole
 * word. The reverse, old high words with new low words, reads less than before. Pure.
 *
 * @module
 */

import type {
  PointDefinition,
  PointType,
} from "../../sunspec/definition/definition.ts";

/** How a counter lies in its registers: what one step of the number in them is, and their count. */
export interface CounterWords {
  /** Number of registers of 16 bits. */
  readonly count: number;
  /** The value of one step of an integer; undefined = a float32, or a float64. */
  readonly step: number | undefined;
}

const WORD = 2 ** 16;
/** Integers up to this number are exact also after a scale factor was applied and removed. */
const EXACT_MAX = 2 ** 51;
/** Largest share of the range of the lower words by which a torn reading rises less than this range. */
const SLACK_SHARE_MAX = 1 / 4;
const WORD_COUNTS: Partial<Record<PointType, number>> = {
  acc32: 2,
  uint32: 2,
  float32: 2,
  acc64: 4,
  uint64: 4,
  float64: 4,
};
const FLOATS: ReadonlySet<PointType> = new Set(["float32", "float64"]);

/**
 * The words of a counter; undefined = it is read in one register.
 *
 * @param exponent that of its scale factor; undefined = the device has none.
 */
export function wordsOf(
  { type }: PointDefinition,
  exponent: number | undefined,
): CounterWords | undefined {
  const count = WORD_COUNTS[type];
  if (count === undefined) return undefined;
  if (FLOATS.has(type)) return { count, step: undefined };
  const key = count * EXPONENTS + (exponent ?? 0);
  const known = integerWords.get(key) ?? { count, step: 10 ** (exponent ?? 0) };
  integerWords.set(key, known);
  return known;
}

/** More than there are exponents. */
const EXPONENTS = 2 ** 20;
const integerWords = new Map<number, CounterWords>();

/**
 * Whether a rise by less than most of the range of one word, which no torn reading is.
 *
 * @param step the value of one step of the number in the registers.
 */
export function isWithinWord(rise: number, step: number): boolean {
  // Rounding to whole steps adds at most one.
  return rise / step + 1 < WORD * (1 - SLACK_SHARE_MAX);
}

/** A rise from the last accepted value. */
export interface CounterRise {
  readonly from: number;
  /** The new value; above the modulus if the counter wrapped. */
  readonly to: number;
  /** The largest possible rise since the previous poll. */
  readonly possible: number;
}

/**
 * Whether a rise may be that of a torn reading: it is about the range of the words
 * below a carry or more, and those words are the ones of the last value, or as close to
 * the carry as the counter was in the previous poll at the most.
 */
export function mayBeTorn(words: CounterWords, rise: CounterRise): boolean {
  if (rise.from < 0) return false;
  const from = stepsOf(words, rise.from);
  const to = stepsOf(words, rise.to);
  const tolerance = to > EXACT_MAX ? to / EXACT_MAX : 0;
  const possible = stepsIn(words, rise) + tolerance;
  for (let low = 1; low < words.count; low++) {
    const range = WORD ** low;
    // The old words may also be from before the last poll, which was after the carry.
    const slack = Math.min(possible, range * SLACK_SHARE_MAX);
    if (to - from < range - slack) return false;
    // A small float rises by more than this without a carry.
    if (words.step === undefined && range < possible * 2) continue;
    const below = to % range;
    // Also just after a carry: large numbers are rounded, and signed ones count down.
    const distance = Math.min(below, range - below);
    if (distance <= possible || Math.abs(below - from % range) <= tolerance) {
      return true;
    }
  }
  return false;
}

/** The number in the registers. That of a float above 0 rises with its value. */
function stepsOf({ step, count }: CounterWords, value: number): number {
  if (step !== undefined) return Math.round(value / step);
  const view = new DataView(new ArrayBuffer(8));
  if (count === 2) {
    view.setFloat32(0, value);
    return view.getUint32(0);
  }
  view.setFloat64(0, value);
  return Number(view.getBigUint64(0));
}

/** The possible rise, in steps; those of a float are the finer, the smaller the value is. */
function stepsIn(
  { step, count }: CounterWords,
  { from, possible }: CounterRise,
): number {
  if (step !== undefined) return possible / step;
  const digits = count === 2 ? 23 : 52;
  return possible / 2 ** (Math.floor(Math.log2(Math.max(from, 1))) - digits);
}
