/**
 * Suggestions for misspelt words.
 *
 * @module
 */

/**
 * The word of `known` that was most likely meant by `found`; undefined if none is
 * similar. A word is similar if at most a third of its letters differ or if `found` is
 * its beginning. Case, hyphens and underscores are ignored.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { nearest } from "./suggest.ts";
 *
 * strictEqual(nearest("intervall-ms", ["host", "interval_ms"]), "interval_ms");
 * strictEqual(nearest("colour", ["host", "interval_ms"]), undefined);
 * ```
 */
export function nearest(found: string, known: Iterable<string>): string | undefined {
  const plain = fold(found);
  if (plain === "" || plain.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const word of known) {
    const target = fold(word);
    const cut = plain.length >= 3 && target.startsWith(plain);
    const distance = cut ? 1 : editDistance(plain, target);
    const allowed = Math.max(1, Math.floor(Math.max(plain.length, target.length) / 3));
    if (distance <= allowed && distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * The number of insertions, deletions, substitutions and swaps of adjacent letters
 * that turn `a` into `b` (optimal string alignment distance).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (
        row > 1 && column > 1 && a[row - 1] === b[column - 2] &&
        a[row - 2] === b[column - 1]
      ) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
