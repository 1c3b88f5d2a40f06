/**
 * Zigzag coding of signed integers (Apache Avro 1.11 specification, "Binary
 * Encoding"), for safe integers.
 *
 * @module
 */

/**
 * Maps a signed integer to an unsigned one: 0, -1, 1, -2 become 0, 1, 2, 3.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { zigzagDecode, zigzagEncode } from "./zigzag.ts";
 *
 * strictEqual(zigzagEncode(-2), 3);
 * strictEqual(zigzagDecode(3), -2);
 * ```
 */
export function zigzagEncode(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Reverses {@linkcode zigzagEncode}. */
export function zigzagDecode(raw: number): number {
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
}
