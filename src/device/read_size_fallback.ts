/**
 * Finds the read sizes that a device accepts by stepping down: first the
 * protocol's maximum, then no read across a model boundary, then fewer and fewer
 * registers per read. Pure.
 *
 * @module
 */

import type { Quirks } from "./quirks.ts";
import { PROTOCOL_LIMITS, type ReadLimits } from "../sunspec/plan/read_plan.ts";

/** Register counts per read that devices are known to be limited to. */
export const FALLBACK_COUNTS: readonly number[] = [64, 50, 32, 16, 10];

/** The read limits that a device's quirks impose. */
export function toReadLimits(
  { registersPerReadMax = PROTOCOL_LIMITS.countMax, readsAcrossModels = true }: Quirks,
): ReadLimits {
  return readsAcrossModels
    ? { ...PROTOCOL_LIMITS, countMax: registersPerReadMax }
    : { countMax: registersPerReadMax, gapMax: 0, joinModels: false };
}

/** The next stricter limits to try; undefined if there are none. */
export function stricterLimits(
  { countMax, joinModels }: ReadLimits,
): ReadLimits | undefined {
  const separate = { gapMax: 0, joinModels: false } as const;
  if (joinModels !== false) return { countMax, ...separate };
  const fewer = FALLBACK_COUNTS.find((known) => known < countMax);
  return fewer === undefined ? undefined : { countMax: fewer, ...separate };
}

/** Expresses limits as quirks, as far as they are stricter than the protocol's. */
export function toLimitQuirks({ countMax, joinModels }: ReadLimits): Quirks {
  return {
    ...(countMax < PROTOCOL_LIMITS.countMax ? { registersPerReadMax: countMax } : {}),
    ...(joinModels === false ? { readsAcrossModels: false } : {}),
  };
}
