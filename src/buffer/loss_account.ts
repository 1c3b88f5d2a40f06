/**
 * Which sequence numbers are known to be lost, so that a row that cannot be read is not
 * counted twice, and is counted once. Pure.
 *
 * @module
 */

import { isExact } from "./gap_merge.ts";
import type { GapState, TrackedGap } from "./gaps.ts";
import { type Place, placeKey } from "./missing_seqs.ts";

/** Numbers whose loss is known already. */
export interface LossAccount {
  /** True if exactly this number is known to be lost. */
  has(place: Place): boolean;
  /**
   * The numbers to announce for `rows` lost rows. A merged gap covers delivered and
   * stored numbers too, and states only how many of them are missing: each lost row adds
   * one number to it.
   *
   * @param places the numbers that these rows can have
   */
  toAnnounce(places: readonly Place[], rows: number): readonly Place[];
}

/**
 * Creates the account.
 *
 * @param places lost numbers that are no part of `gaps` yet
 */
export function createLossAccount(
  { gaps }: GapState,
  places: readonly Place[],
): LossAccount {
  const known = new Set(places.map(placeKey));
  const exact = gaps.filter(isExact);
  const merged = gaps.filter((gap) => !isExact(gap));

  return {
    has: (place) =>
      known.has(placeKey(place)) || exact.some((gap) => covers(gap, place)),
    toAnnounce(places, rows) {
      const rowsLeft = new Map<TrackedGap, number>();
      return places.filter((place) => {
        const gap = merged.find((gap) => covers(gap, place));
        if (gap === undefined) return true;
        const left = rowsLeft.get(gap) ?? rows;
        rowsLeft.set(gap, left - 1);
        return left > 0;
      });
    },
  };
}

function covers(
  { stream, epoch, firstSeq, lastEpoch, lastSeq }: TrackedGap,
  place: Place,
): boolean {
  if (stream !== place.stream) return false;
  if (place.epoch < epoch || place.epoch > lastEpoch) return false;
  return (place.epoch > epoch || place.seq >= firstSeq) &&
    (place.epoch < lastEpoch || place.seq <= lastSeq);
}
