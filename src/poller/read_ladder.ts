/**
 * Which reads a device puts up with, found out by going down a ladder: first
 * as many registers as the protocol allows, then none across the border of two
 * models, then fewer and fewer. Pure.
 *
 * @module
 */

import { PROTOCOL_LIMITS, type ReadLimits } from "../sunspec/plan.ts";

/** Limits that devices are known to have, in registers per read. */
export const KNOWN_LIMITS: readonly number[] = [64, 50, 32, 16, 10];

/** The limits to try, the most generous first; none asks for more than `countMax`. */
export function readLadder(countMax: number): readonly ReadLimits[] {
  const { gapMax } = PROTOCOL_LIMITS;
  return [
    { countMax, gapMax },
    { countMax, gapMax: 0, joinModels: false },
    ...KNOWN_LIMITS
      .filter((known) => known < countMax)
      .map((known) => ({ countMax: known, gapMax: 0, joinModels: false })),
  ];
}
