/**
 * Chance as a dependency, so that a simulation can be run again.
 *
 * @module
 */

/** A source of numbers in [0, 1). */
export interface Random {
  /** The next number, 0 or more and below 1. */
  next(): number;
}

/**
 * A chance that gives the same numbers for the same seed (mulberry32).
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { createSeededChance } from "./random.ts";
 *
 * strictEqual(createSeededChance(7).next(), createSeededChance(7).next());
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
