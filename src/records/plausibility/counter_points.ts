/**
 * Finds the counters in a model definition, and the modulus and maximum rise of
 * each. Pure.
 *
 * @module
 */

import type { Points } from "../../sunspec/decode/decode.ts";
import { isCounterPoint } from "../../sunspec/definition/counter_points.ts";
import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../../sunspec/definition/definition.ts";

/** Units of energy counters, in lower case (SunSpec writes both `varh` and `Varh`). */
const ENERGY: ReadonlySet<string> = new Set(["wh", "vah", "varh"]);
const CHARGE = "ah";

/** Number of values of an unsigned type. A float does not wrap. */
const VALUE_COUNTS: Partial<Record<PointType, number>> = {
  acc16: 2 ** 16,
  acc32: 2 ** 32,
  acc64: 2 ** 64,
  uint32: 2 ** 32,
  uint64: 2 ** 64,
};

/** Limits when neither a rating nor an observed flow is known: W (VA, var) and A. */
const UNKNOWN_MAX: PeakFlow = { power: 10_000_000, current: 100_000 };
/** Lowest limits derived from observed flows: a device may have shown little so far. */
const PEAK_MIN: PeakFlow = { power: 100_000, current: 1_000 };
/** Factor between the observed peak and the limit: in the morning the peak is only a few watts. */
const PEAK_MARGIN = 10;
/** Factor between the rating and the limit: devices may exceed their rating for a while, and rate W lower than VA. */
const RATING_MARGIN = 2;

/** The largest power and current of a device. */
export interface PeakFlow {
  /** W, VA or var. */
  readonly power: number;
  /** A. */
  readonly current: number;
}

const known = new WeakMap<GroupDefinition, readonly PointDefinition[]>();

/** The counters among a group's own points; computed once per definition. */
export function countersOf(group: GroupDefinition): readonly PointDefinition[] {
  const before = known.get(group);
  if (before !== undefined) return before;
  const found = group.points.filter(isCounterPoint);
  known.set(group, found);
  return found;
}

/**
 * The scaled value at which a counter wraps to 0; Infinity = it does not wrap.
 *
 * @param exponent that of its scale factor; undefined = the device has none.
 */
export function modulusOf(
  { type, signed }: PointDefinition,
  exponent: number | undefined,
): number {
  const counts = VALUE_COUNTS[type];
  if (counts === undefined || exponent === undefined) return Infinity;
  // One bit is the sign.
  return (signed === true ? counts / 2 : counts) * 10 ** exponent;
}

/** The exponent of a scale factor; undefined = the device has none. */
export function exponentOf(
  scale: string | number,
  groups: readonly Points[],
): number | undefined {
  if (typeof scale === "number") return scale;
  const exponent = groups.find((points) => scale in points)?.[scale];
  return typeof exponent === "number" ? exponent : undefined;
}

/** What limits the rise of a counter; null = it counts neither energy nor charge. */
export function flowOfUnits(units: string | undefined): keyof PeakFlow | null {
  const unit = units?.toLowerCase() ?? "";
  if (unit === CHARGE) return "current";
  return ENERGY.has(unit) ? "power" : null;
}

/**
 * The largest possible rise of a counter in one hour, in the counter's unit.
 *
 * @param flow see {@linkcode flowOfUnits}.
 * @param ratedW the rated power of the device, in W; null = unknown.
 * @param peak the largest flow in earlier polls of the model; undefined = none
 * yet, or the model has no such points.
 */
export function perHourMaxOf(
  flow: keyof PeakFlow | null,
  ratedW: number | null,
  peak: PeakFlow | undefined,
): number {
  if (flow === null) return Number.MAX_VALUE;
  if (flow === "power" && ratedW !== null) return ratedW * RATING_MARGIN;
  if (peak === undefined) return UNKNOWN_MAX[flow];
  return Math.max(PEAK_MIN[flow], peak[flow] * PEAK_MARGIN);
}

/** Age of the oldest installation that is taken for possible, in hours: 30 years. */
const AGE_MAX_HOURS = 30 * 8_766;

/**
 * The largest value that a counter can have reached since the device was installed, in
 * the counter's unit.
 *
 * @param ratedW the rated power of the device, in W; null = unknown.
 */
export function lifetimeMaxOf(
  { units }: Pick<PointDefinition, "units">,
  ratedW: number | null,
): number {
  const unit = units?.toLowerCase() ?? "";
  if (unit === CHARGE) return UNKNOWN_MAX.current * AGE_MAX_HOURS;
  if (!ENERGY.has(unit)) return Infinity;
  return (ratedW ?? UNKNOWN_MAX.power) * AGE_MAX_HOURS;
}

const POWERS: ReadonlySet<string> = new Set(["w", "va", "var"]);
const flows = new WeakMap<GroupDefinition, readonly FlowPoint[]>();

/** A point that measures a power or a current. */
export interface FlowPoint {
  readonly name: string;
  readonly quantity: keyof PeakFlow;
}

/** The powers and currents among a group's own points, without ratings; computed once per definition. */
export function flowPointsOf(group: GroupDefinition): readonly FlowPoint[] {
  const before = flows.get(group);
  if (before !== undefined) return before;
  const found = group.points.flatMap(({ name, units }): FlowPoint[] => {
    const unit = units?.toLowerCase() ?? "";
    if (/Max|Rtg/.test(name)) return [];
    if (POWERS.has(unit)) return [{ name, quantity: "power" }];
    return unit === "a" ? [{ name, quantity: "current" }] : [];
  });
  flows.set(group, found);
  return found;
}
