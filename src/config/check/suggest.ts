/**
 * "Did you mean …?"
 *
 * @module
 */

/**
 * The word of `known` that `found` is most likely a slip of, or undefined if none
 * is near: at most a third of its letters differ, or it was cut short. Case,
 * hyphens and underscores count for nothing.
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

/** How many letters must be put in, left out, replaced or swapped with their neighbour to get from `a` to `b` (optimal string alignment). */
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
