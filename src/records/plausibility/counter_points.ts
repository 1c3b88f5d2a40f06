/**
 * Which points of a model are counters, and what is known of each by its
 * definition. Pure.
 *
 * @module
 */

import type { Points } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../../sunspec/definition/definition.ts";

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

/** Where neither a rating nor a power says what a device can do: W (VA, var) and A. */
const UNKNOWN_MAX: Flow = { power: 10_000_000, current: 100_000 };
/** No device that has shown little so far is held to less. */
const SHOWN_MIN: Flow = { power: 100_000, current: 1_000 };
/** Beyond what a device has shown by this, it cannot come: a morning begins with watts. */
const SHOWN_MARGIN = 10;
/** Devices may exceed their rating for a while, and rate W lower than VA. */
const RATING_MARGIN = 2;

/** What flows through a device. */
export interface Flow {
  /** W, VA or var. */
  readonly power: number;
  /** A. */
  readonly current: number;
}

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
 * @param shown the most that its model has shown in polls before; undefined =
 * nothing yet, or it has no such points.
 */
export function perHourMaxOf(
  { units }: Pick<PointDefinition, "units">,
  ratedW: number | null,
  shown: Flow | undefined,
): number {
  const unit = units?.toLowerCase() ?? "";
  const isCharge = unit === CHARGE;
  if (!isCharge && !ENERGY.has(unit)) return Number.MAX_VALUE;
  if (!isCharge && ratedW !== null) return ratedW * RATING_MARGIN;
  const of = isCharge ? "current" : "power";
  if (shown === undefined) return UNKNOWN_MAX[of];
  return Math.max(SHOWN_MIN[of], shown[of] * SHOWN_MARGIN);
}

const POWERS: ReadonlySet<string> = new Set(["w", "va", "var"]);
const flows = new WeakMap<GroupDefinition, readonly FlowPoint[]>();

/** A point that shows what flows. */
export interface FlowPoint {
  readonly name: string;
  readonly of: keyof Flow;
}

/** The powers and currents among a group's own points, without ratings; found out when first asked for. */
export function flowPointsOf(group: GroupDefinition): readonly FlowPoint[] {
  const before = flows.get(group);
  if (before !== undefined) return before;
  const found = group.points.flatMap(({ name, units }): FlowPoint[] => {
    const unit = units?.toLowerCase() ?? "";
    if (/Max|Rtg/.test(name)) return [];
    if (POWERS.has(unit)) return [{ name, of: "power" }];
    return unit === "a" ? [{ name, of: "current" }] : [];
  });
  flows.set(group, found);
  return found;
}
