/**
 * Which points of a model are counters, and what is known of each by its
 * definition. Pure.
 *
 * @module
 */

import type { Points } from "../sunspec/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../sunspec/definition.ts";

/** Types that SunSpec has for counters. */
const ACCUMULATORS: ReadonlySet<PointType> = new Set(["acc16", "acc32", "acc64"]);

/** Types in which some models count energy and charge (111-113, 211-214, 401, 402, 701, 714). */
const OTHERS: ReadonlySet<PointType> = new Set([
  "uint32",
  "uint64",
  "float32",
  "float64",
]);

/** Units of what is counted, in lower case (SunSpec writes `varh` and `Varh`). */
const ENERGY: ReadonlySet<string> = new Set(["wh", "vah", "varh"]);
const CHARGE = "ah";

/** Whole numbers of a type, from 0; a float has no such end. */
const COUNTS: Partial<Record<PointType, number>> = {
  acc16: 2 ** 16,
  acc32: 2 ** 32,
  acc64: 2 ** 64,
  uint32: 2 ** 32,
  uint64: 2 ** 64,
};

/** No device that SunSpec describes passes more, in W (and VA, var). */
const POWER_MAX_W = 10_000_000;
/** Nor more than this, in A. */
const CURRENT_MAX_A = 100_000;
/** Devices may exceed their rating for a while, and rate W lower than VA. */
const RATING_MARGIN = 2;

const known = new WeakMap<GroupDefinition, readonly PointDefinition[]>();

/** The counters among a group's own points, found out when first asked for. */
export function countersOf(group: GroupDefinition): readonly PointDefinition[] {
  const before = known.get(group);
  if (before !== undefined) return before;
  const found = group.points.filter(isCounter);
  known.set(group, found);
  return found;
}

function isCounter({ type, units }: PointDefinition): boolean {
  const unit = units?.toLowerCase() ?? "";
  return ACCUMULATORS.has(type) ||
    (OTHERS.has(type) && (ENERGY.has(unit) || unit === CHARGE));
}

/**
 * Where a counter starts again at 0, scaled; Infinity = it does not.
 *
 * @param groups its own group's values first, then those further out: one of them
 * has its scale factor.
 */
export function modulusOf(
  { type, scale = 0 }: PointDefinition,
  groups: readonly Points[],
): number {
  const counts = COUNTS[type];
  if (counts === undefined) return Infinity;
  const exponent = typeof scale === "number"
    ? scale
    : groups.find((points) => scale in points)?.[scale];
  return typeof exponent === "number" ? counts * 10 ** exponent : Infinity;
}

/**
 * The most that a counter can rise in an hour, in its own unit.
 *
 * @param ratedW what the device can do at most, if it says so.
 */
export function perHourMaxOf(
  { units }: PointDefinition,
  ratedW: number | null,
): number {
  const unit = units?.toLowerCase() ?? "";
  if (unit === CHARGE) return CURRENT_MAX_A;
  if (!ENERGY.has(unit)) return Number.MAX_VALUE;
  return ratedW === null ? POWER_MAX_W : ratedW * RATING_MARGIN;
}
