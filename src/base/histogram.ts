/**
 * A histogram with fixed buckets: the distribution of a quantity, such as a latency,
 * in constant space. Pure.
 *
 * @module
 */

/** The content of a histogram. */
export interface HistogramReading {
  /**
   * Inclusive upper bounds of the buckets in ascending order; the last bucket has none.
   */
  readonly bounds: readonly number[];
  /** Number of values in each bucket; one entry more than `bounds`. */
  readonly counts: readonly number[];
  /** Sum of all values. */
  readonly sum: number;
  /** Number of values. */
  readonly count: number;
}

/** A histogram that values are added to. */
export interface Histogram {
  /** Adds a value; a number that is not finite is ignored. */
  add(value: number): void;
  /** All values since the histogram was created. */
  readonly reading: HistogramReading;
}

/**
 * Creates an empty histogram.
 *
 * @param bounds inclusive upper bounds in ascending order: a value is counted in the
 * first bucket whose bound is not below it.
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
