/**
 * What an examination of a device found, said so that one knows what to do.
 *
 * @module
 */

import type { Quirks } from "../device/quirks.ts";

/** How a finding is to be taken. */
export type Gravity =
  /** As it should be. */
  | "good"
  /** Odd, and dealt with by a setting or by itself. */
  | "note"
  /** It costs readings, or makes them wrong. */
  | "bad";

/** Settings that follow from a finding. */
export interface Advice extends Quirks {
  /** The deadline of one request, in ms. */
  readonly timeoutMs?: number;
}

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at: `answer times`. */
  readonly check: string;
  readonly gravity: Gravity;
  /** What was found. */
  readonly found: string;
  /** What it means, and what to do. */
  readonly means: string;
  /** What follows for the configuration; empty = nothing. */
  readonly advice: Advice;
}

/** A finding from which no setting follows. */
export function finding(
  check: string,
  gravity: Gravity,
  found: string,
  means: string,
  advice: Advice = {},
): Finding {
  return { check, gravity, found, means, advice };
}

/**
 * The value below which `share` of the values lie (nearest rank); NaN of none.
 *
 * @param share 0 to 1.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { quantile } from "./finding.ts";
 *
 * strictEqual(quantile([3, 1, 2, 10], 0.5), 2);
 * strictEqual(quantile([3, 1, 2, 10], 0.99), 10);
 * ```
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** `3 ms`, `0.4 ms`. */
export function inMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
