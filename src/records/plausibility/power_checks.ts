/**
 * Flags powers that overflowed their 16 bits, and power factors in the unsigned form of
 * old revisions of the models. Their values are passed on. Pure.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { exponentOf } from "./counter_points.ts";

/** Number of values of an `int16`. */
const INT16_COUNT = 2 ** 16;

/** Deviation between two measurements of one power, as a share of it. */
const TOLERANCE = 0.1;

/** Phase currents and their voltages, in models 101-103, 201-204 and 701. */
const PHASES = [
  ["AphA", "PhVphA"],
  ["AphB", "PhVphB"],
  ["AphC", "PhVphC"],
  ["AL1", "VL1"],
  ["AL2", "VL2"],
  ["AL3", "VL3"],
] as const;

/** Measured power factors, without ratings and settings. */
const POWER_FACTOR = /^PF(?:ph[ABC]|L[123])?$/;

/** Flags for the powers and power factors of a model that are probably wrong. */
export function powerFlags(model: DecodedModel, top: GroupDefinition): DecodeFlag[] {
  const { points } = model;
  return top.points.flatMap((point): DecodeFlag[] => {
    if (point.type !== "int16") return [];
    const value = numberAt(points, point.name);
    const exponent = exponentOf(point.scale ?? 0, [points]);
    if (value === null || exponent === undefined) return [];
    const path = point.name;
    if (hasOverflowed(points, point, value, 10 ** exponent)) {
      return [{ path, reason: "int16-overflow" }];
    }
    return isUnsignedFactor(points, point, value, exponent)
      ? [{ path, reason: "pf-unsigned" }]
      : [];
  });
}

/**
 * Whether the value, moved by the range of its type, agrees with the other powers and
 * the value itself does not: -25,536 W beside 40,000 VA is 40,000 W.
 */
function hasOverflowed(
  points: Points,
  { name }: PointDefinition,
  value: number,
  step: number,
): boolean {
  const range = INT16_COUNT * step;
  const moved = value < 0 ? value + range : value - range;
  const expected = expectedOf(points, name);
  if (expected === undefined || expected.total <= range / 2) return false;
  // A positive power may be small because of a large reactive power that is not known.
  if (value > 0 && !expected.isComplete) return false;
  const deviation = (power: number): number =>
    Math.abs(Math.hypot(power, expected.other) - expected.total);
  return deviation(moved) <= expected.total * TOLERANCE &&
    deviation(value) > expected.total * TOLERANCE;
}

/** The power that a value is compared with. */
interface ExpectedPower {
  /** The apparent power, or the product of current and voltage. */
  readonly total: number;
  /** The part of it that is at right angles to the value. */
  readonly other: number;
  /** Whether `other` was measured. */
  readonly isComplete: boolean;
}

function expectedOf(points: Points, name: string): ExpectedPower | undefined {
  const apparent = apparentOf(points);
  switch (name) {
    case "W":
    case "VAr":
    case "VAR":
    case "Var": {
      if (apparent === null) return undefined;
      const reactive = numberAt(points, "VAr") ?? numberAt(points, "VAR") ??
        numberAt(points, "Var");
      const other = name === "W" ? reactive : numberAt(points, "W");
      if (other === null && name !== "W") return undefined;
      return { total: apparent, other: other ?? 0, isComplete: other !== null };
    }
    case "VA": {
      const total = phaseSum(points);
      return total === null ? undefined : { total, other: 0, isComplete: true };
    }
    case "DCW": {
      const current = numberAt(points, "DCA");
      const voltage = numberAt(points, "DCV");
      if (current === null || voltage === null) return undefined;
      return { total: Math.abs(current * voltage), other: 0, isComplete: true };
    }
    default:
      return undefined;
  }
}

/** The apparent power, from the phases if it is negative, which it cannot be. */
function apparentOf(points: Points): number | null {
  const apparent = numberAt(points, "VA");
  return apparent !== null && apparent > 0 ? apparent : phaseSum(points);
}

/** The sum of the products of current and voltage; null if there is none. */
function phaseSum(points: Points): number | null {
  let sum: number | null = null;
  for (const [current, voltage] of PHASES) {
    const a = numberAt(points, current);
    const v = numberAt(points, voltage);
    if (a !== null && v !== null) sum = (sum ?? 0) + Math.abs(a * v);
  }
  return sum;
}

/**
 * Whether a power factor is 0xFFFF, "not implemented" of an unsigned number. As a signed
 * number it is -1, which with a scale factor of 0 is also the ratio of a device that
 * absorbs; the powers decide then.
 */
function isUnsignedFactor(
  points: Points,
  { name }: PointDefinition,
  value: number,
  exponent: number,
): boolean {
  if (!POWER_FACTOR.test(name) || Math.round(value / 10 ** exponent) !== -1) {
    return false;
  }
  if (exponent !== 0) return true;
  const power = numberAt(points, "W");
  const apparent = numberAt(points, "VA");
  if (power === null || apparent === null || apparent <= 0) return true;
  return Math.abs(Math.abs(power) / apparent - 1) > TOLERANCE;
}

function numberAt(points: Points, name: string): number | null {
  const value = points[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
