/**
 * The mean of repeated measurements and how far it can be off. Pure.
 *
 * @module
 */

/** A mean with its 95 % confidence interval. */
export interface Estimate {
  readonly mean: number;
  /** Half of the width of the interval; Infinity with fewer than two values. */
  readonly plusMinus: number;
  readonly count: number;
}

/** Quantile 0.975 of Student's t distribution for 1 to 30 degrees of freedom. */
// deno-fmt-ignore
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
  2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
  2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const NORMAL = 1.96;

/** Estimates the mean; valid for values that do not depend on each other. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, plusMinus: Infinity, count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count - 1) / count);
  return { mean, plusMinus: (STUDENT[count - 2] ?? NORMAL) * error, count };
}
