/**
 * Randomness as a dependency, so that a simulation can be repeated.
 *
 * @module
 */

/** A source of random numbers in [0, 1). */
export interface Random {
  /** The next number, at least 0 and below 1. */
  next(): number;
}

/**
 * Creates a generator that returns the same numbers for the same seed (mulberry32).
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { createSeededRandom } from "./random.ts";
 *
 * strictEqual(createSeededRandom(7).next(), createSeededRandom(7).next());
 * ```
 */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
