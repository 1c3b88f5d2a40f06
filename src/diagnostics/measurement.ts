/**
 * Evaluates measured times.
 *
 * @module
 */

/**
 * The quantile of values by nearest rank: the smallest value that at least `share` of
 * the values do not exceed; NaN if there are no values.
 *
 * @param share 0 to 1.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { nearestRank } from "./measurement.ts";
 *
 * strictEqual(nearestRank([3, 1, 2, 10], 0.5), 2);
 * strictEqual(nearestRank([3, 1, 2, 10], 0.99), 10);
 * ```
 */
export function nearestRank(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Formats milliseconds: `3 ms`, `0.4 ms`. */
export function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
