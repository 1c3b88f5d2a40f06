/**
 * Which reads a device puts up with, found out by going down a ladder: first
 * as many registers as the protocol allows, then none across the border of two
 * models, then fewer and fewer. Pure.
 *
 * @module
 */

import type { Quirks } from "./quirks.ts";
import { PROTOCOL_LIMITS, type ReadLimits } from "../sunspec/plan/read_plan.ts";

/** Limits that devices are known to have, in registers per read. */
export const KNOWN_LIMITS: readonly number[] = [64, 50, 32, 16, 10];

/** The most that a device may be asked for, by what is known of it. */
export function limitsOf(
  { registersPerReadMax = PROTOCOL_LIMITS.countMax, readsAcrossModels = true }: Quirks,
): ReadLimits {
  return readsAcrossModels
    ? { ...PROTOCOL_LIMITS, countMax: registersPerReadMax }
    : { countMax: registersPerReadMax, gapMax: 0, joinModels: false };
}

/** The next stricter limits to try; undefined where there are none. */
export function stricterLimits(
  { countMax, joinModels }: ReadLimits,
): ReadLimits | undefined {
  const apart = { gapMax: 0, joinModels: false } as const;
  if (joinModels !== false) return { countMax, ...apart };
  const fewer = KNOWN_LIMITS.find((known) => known < countMax);
  return fewer === undefined ? undefined : { countMax: fewer, ...apart };
}

/** What limits say of a device, as far as they are stricter than the protocol's. */
export function toQuirks({ countMax, joinModels }: ReadLimits): Quirks {
  return {
    ...(countMax < PROTOCOL_LIMITS.countMax ? { registersPerReadMax: countMax } : {}),
    ...(joinModels === false ? { readsAcrossModels: false } : {}),
  };
}
