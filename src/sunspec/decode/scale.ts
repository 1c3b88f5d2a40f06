/**
 * Applies scale factors: `value = raw * 10^SF`, rounded once. Pure.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Scale Factors".
 *
 * @module
 */

import { SCALE_LIMIT } from "../spec.ts";

/** Powers of ten that a double represents exactly, by exponent. */
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10] as const;

/** Whether a number is a valid scale factor. */
export function isValidScale(scale: number): boolean {
  return Number.isInteger(scale) && scale >= -SCALE_LIMIT && scale <= SCALE_LIMIT;
}

/**
 * `raw * 10^scale` as the nearest double. A power of ten up to 10^10 is exact as a
 * double, its reciprocal is not; a negative scale therefore divides.
 *
 * @param raw an integer that a double represents exactly, or any float.
 * @param scale -10..10.
 * @throws {RangeError} If `scale` is not valid.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { applyScale } from "./scale.ts";
 *
 * strictEqual(applyScale(1234, -1), 123.4);
 * strictEqual(applyScale(-5, 3), -5000);
 * ```
 */
export function applyScale(raw: number, scale: number): number {
  const power = POWERS[Math.abs(scale)];
  if (power === undefined) throw new RangeError(`Cannot scale by 10^${scale}`);
  return scale < 0 ? raw / power : raw * power;
}

/**
 * `raw * 10^scale` without loss if the result is an integer: beyond 2^53 as a bigint.
 * Other results are the nearest double; beyond 2^53, where doubles are at least 2
 * apart, the nearest integer.
 *
 * @param scale -10..10.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { applyScaleWide } from "./scale.ts";
 *
 * strictEqual(applyScaleWide(18446744073709551614n, 0), 18446744073709551614n);
 * strictEqual(applyScaleWide(9007199254740993n, -1), 900719925474099.3);
 * strictEqual(applyScaleWide(9223372036854788157n, -1), 922337203685478816n);
 * ```
 */
export function applyScaleWide(raw: bigint, scale: number): number | bigint {
  if (scale >= 0) return narrowed(raw * 10n ** BigInt(scale));
  const power = 10n ** BigInt(-scale);
  if (raw % power === 0n) return narrowed(raw / power);
  if (isSafe(raw)) return applyScale(Number(raw), scale);
  // Beyond 2^53 a division rounds twice; parsing a decimal text rounds once.
  const magnitude = raw < 0n ? -raw : raw;
  const nearest = (magnitude + power / 2n) / power;
  if (!isSafe(nearest)) return raw < 0n ? -nearest : nearest;
  const fraction = (magnitude % power).toString().padStart(-scale, "0");
  return Number(`${raw < 0n ? "-" : ""}${magnitude / power}.${fraction}`);
}

/** A number if a double represents the value exactly, otherwise the bigint. */
function narrowed(value: bigint): number | bigint {
  return isSafe(value) ? Number(value) : value;
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) &&
    value <= BigInt(Number.MAX_SAFE_INTEGER);
}
