/**
 * Scale factors: `value = raw * 10^SF`, rounded once.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Scale Factors".
 *
 * @module
 */

/** A legal scale factor lies within -10..10. */
export const SCALE_LIMIT = 10;

/** Powers of ten that a double holds exactly, by exponent. */
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10] as const;

/** Whether a number is a legal scale factor. */
export function isScale(scale: number): boolean {
  return Number.isInteger(scale) && scale >= -SCALE_LIMIT && scale <= SCALE_LIMIT;
}

/**
 * `raw * 10^scale` as the nearest double. A power of ten up to 10^10 is exact
 * as a double, its reciprocal is not: so a negative scale divides.
 *
 * @param raw a whole number that a double holds exactly, or any float.
 * @param scale -10..10.
 * @throws {RangeError} If `scale` is not legal.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { scaled } from "./scale.ts";
 *
 * strictEqual(scaled(1234, -1), 123.4);
 * strictEqual(scaled(-5, 3), -5000);
 * ```
 */
export function scaled(raw: number, scale: number): number {
  const power = POWERS[Math.abs(scale)];
  if (power === undefined) throw new RangeError(`Cannot scale by 10^${scale}`);
  return scale < 0 ? raw / power : raw * power;
}

/**
 * `raw * 10^scale` without loss where it is whole: beyond 2^53 as a bigint.
 * What is not whole comes as the nearest double; beyond 2^53, where doubles are
 * 2 and more apart, as the nearest whole number.
 *
 * @param scale -10..10.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { scaledWide } from "./scale.ts";
 *
 * strictEqual(scaledWide(18446744073709551614n, 0), 18446744073709551614n);
 * strictEqual(scaledWide(9007199254740993n, -1), 900719925474099.3);
 * strictEqual(scaledWide(9223372036854788157n, -1), 922337203685478816n);
 * ```
 */
export function scaledWide(raw: bigint, scale: number): number | bigint {
  if (scale >= 0) return narrowed(raw * 10n ** BigInt(scale));
  const power = 10n ** BigInt(-scale);
  if (raw % power === 0n) return narrowed(raw / power);
  if (isSafe(raw)) return scaled(Number(raw), scale);
  // Beyond 2^53 a division would round twice; reading a decimal text rounds once.
  const magnitude = raw < 0n ? -raw : raw;
  const nearest = (magnitude + power / 2n) / power;
  if (!isSafe(nearest)) return raw < 0n ? -nearest : nearest;
  const fraction = (magnitude % power).toString().padStart(-scale, "0");
  return Number(`${raw < 0n ? "-" : ""}${magnitude / power}.${fraction}`);
}

/** A number where a double holds it whole, else the bigint itself. */
function narrowed(value: bigint): number | bigint {
  return isSafe(value) ? Number(value) : value;
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) &&
    value <= BigInt(Number.MAX_SAFE_INTEGER);
}
