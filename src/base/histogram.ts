/**
 * Counts how often a quantity came to lie in which bucket: what a latency looks
 * like over time, in constant space. Pure.
 *
 * @module
 */

/** A histogram as it stands. */
export interface HistogramReading {
  /** The upper bound of each bucket but the last, which has none; rising. */
  readonly bounds: readonly number[];
  /** How many values came to lie in each bucket: one more than there are bounds. */
  readonly counts: readonly number[];
  /** Of all values. */
  readonly sum: number;
  /** How many values there were. */
  readonly count: number;
}

/** Takes values. */
export interface Histogram {
  /** Takes one; what is no finite number is left out. */
  add(value: number): void;
  /** Everything since it was made. */
  readonly reading: HistogramReading;
}

/**
 * Makes one without values.
 *
 * @param bounds a value belongs into the first bucket whose bound is not below it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { createHistogram } from "./histogram.ts";
 *
 * const histogram = createHistogram([1, 10]);
 * for (const value of [0.5, 1, 7, 700]) histogram.add(value);
 * deepStrictEqual(histogram.reading.counts, [2, 1, 1]);
 * ```
 */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  let count = 0;
  return {
    add(value) {
      if (!Number.isFinite(value)) return;
      let at = 0;
      while (at < bounds.length && value > (bounds[at] ?? Infinity)) at++;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += value;
      count++;
    },
    get reading() {
      return { bounds, counts: [...counts], sum, count };
    },
  };
}
