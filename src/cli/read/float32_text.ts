/**
 * The shortest text of a float32. Pure.
 *
 * @module
 */

/** Significant digits that identify every float32 (IEEE 754-2019, section 5.12.2). */
const DIGITS_MAX = 9;

/**
 * The shortest decimal text that denotes this float32. As a double, 0.7 A of a float32
 * would be 0.699999988079071. Whole numbers keep all their digits.
 *
 * @param value a float32 value.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { shortestFloat32 } from "./float32_text.ts";
 *
 * strictEqual(shortestFloat32(Math.fround(0.7)), "0.7");
 * strictEqual(shortestFloat32(Math.fround(230.1)), "230.1");
 * strictEqual(shortestFloat32(123456784), "123456784");
 * ```
 */
export function shortestFloat32(value: number): string {
  if (Number.isInteger(value)) return String(value);
  for (let digits = 1; digits < DIGITS_MAX; digits++) {
    const near = Number(value.toPrecision(digits));
    if (Math.fround(near) === value) return String(near);
  }
  return String(Number(value.toPrecision(DIGITS_MAX)));
}
