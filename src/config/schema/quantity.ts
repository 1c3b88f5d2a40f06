/**
 * Sizes and durations as text.
 *
 * @module
 */

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What {@linkcode parseBytes} accepts, for messages. */
export const BYTES_FORM = 'a number of bytes, or a size such as "512MiB" or "1GiB"';

/** What {@linkcode parseDuration} accepts, for messages. */
export const DURATION_FORM = 'a duration such as "90s", "15min", "36h" or "30d"';

/**
 * Parses a size: digits, an optional space and a unit (B; kB, MB, GB, TB in powers of
 * 1000; KiB, MiB, GiB, TiB in powers of 1024). Case is ignored.
 *
 * @returns bytes; undefined if the text has another form or the size exceeds 2^53.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { parseBytes } from "./quantity.ts";
 *
 * strictEqual(parseBytes("1GiB"), 1_073_741_824);
 * strictEqual(parseBytes("1 G"), undefined);
 * ```
 */
export function parseBytes(text: string): number | undefined {
  return parseQuantity(text, BYTES);
}

/**
 * Parses a duration: digits and a unit (ms, s, min, h, d).
 *
 * @returns milliseconds; undefined if the text has another form or exceeds 2^53.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { parseDuration } from "./quantity.ts";
 *
 * strictEqual(parseDuration("15s"), 15_000);
 * strictEqual(parseDuration("15"), undefined);
 * ```
 */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, MILLISECONDS);
}

/**
 * Writes a size in the largest unit of 1024 that divides it; parseBytes() reads it
 * back.
 */
export function formatBytesExact(bytes: number): string {
  for (const unit of ["TiB", "GiB", "MiB", "KiB"]) {
    const size = BYTES[unit.toLowerCase()] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

/**
 * Writes a duration in the largest unit that divides it; parseDuration() reads it back.
 */
export function formatDurationExact(durationMs: number): string {
  for (const unit of ["d", "h", "min", "s"]) {
    const size = MILLISECONDS[unit] ?? 1;
    if (durationMs >= size && durationMs % size === 0) {
      return `${durationMs / size}${unit}`;
    }
  }
  return `${durationMs}ms`;
}

function parseQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const [, digits, unit] = /^(\d{1,16}) ?([A-Za-z]{1,3})$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const name = unit.toLowerCase();
  const size = Object.hasOwn(units, name) ? units[name] : undefined;
  if (size === undefined) return undefined;
  const value = Number(digits) * size;
  return Number.isSafeInteger(value) ? value : undefined;
}
