/**
 * Numbers, sizes and durations as text for people.
 *
 * @module
 */

/**
 * Writes a count and its noun in singular or plural.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { plural } from "./format.ts";
 *
 * strictEqual(plural(1, "device"), "1 device");
 * strictEqual(plural(2_728, "address", "addresses"), "2,728 addresses");
 * ```
 *
 * @param many the plural; `${one}s` by default.
 */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * Writes an integer with commas between groups of three digits.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { formatCount } from "./format.ts";
 *
 * strictEqual(formatCount(2_728), "2,728");
 * ```
 */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/**
 * Writes a duration in one unit.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { formatAge } from "./format.ts";
 *
 * deepStrictEqual(
 *   [400, 12_000, 180_000, 7_200_000, null].map(formatAge),
 *   ["0.4 s", "12 s", "3 min", "2 h", "-"],
 * );
 * ```
 *
 * @param ageMs in ms; below 0 counts as 0, null and infinity are written as `-`.
 */
export function formatAge(ageMs: number | null): string {
  if (ageMs === null || !Number.isFinite(ageMs)) return "-";
  const seconds = Math.max(0, ageMs) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  if (seconds < 99.5 * 60) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3_600).toFixed(0)} h`;
}

/**
 * Writes a size in the largest fitting unit from B to GiB.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { formatBytes } from "./format.ts";
 *
 * deepStrictEqual(
 *   [512, 81_920, 1.5 * 2 ** 30].map(formatBytes),
 *   ["512 B", "80 KiB", "1.5 GiB"],
 * );
 * ```
 */
export function formatBytes(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  const digits = power === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${["B", "KiB", "MiB", "GiB"][power]}`;
}
