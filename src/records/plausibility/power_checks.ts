/**
 * Flags powers that overflowed their 16 bits, and power factors in the unsigned form of
 * old revisions of the models. Their values are passed on. Pure.
 *
 * @module
 */

import type { DecodeFlag, PointValue } from "../../sunspec/decode/decode.ts";
import { type ModelReading, slotFlag } from "../../sunspec/decode/model_reading.ts";
import { oncePerTable, type PointTable } from "../../sunspec/decode/point_table.ts";

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

/** Names of the reactive power in the models. */
const REACTIVE = ["VAr", "VAR", "Var"] as const;

/** What the value of a slot is compared with. */
type Check = "power" | "reactive" | "apparent" | "dc" | "factor";

/** An `int16` of the top group that is checked. */
interface CheckedSlot {
  readonly slot: number;
  readonly check: Check;
  /** Slot of its scale factor; -1 = `exponent` applies. */
  readonly scale: number;
  readonly exponent: number;
}

/** The slots of the powers of a model; -1 = the model has no such point. */
interface PowerSlots {
  readonly checked: readonly CheckedSlot[];
  readonly power: number;
  readonly reactive: readonly number[];
  readonly apparent: number;
  readonly dcCurrent: number;
  readonly dcVoltage: number;
  readonly phases: readonly (readonly [current: number, voltage: number])[];
}

const powerSlotsOf = oncePerTable((table): PowerSlots => {
  const at = (name: string): number => table.byPath.get(name) ?? -1;
  return {
    checked: checkedOf(table),
    power: at("W"),
    reactive: REACTIVE.map(at).filter((slot) => slot >= 0),
    apparent: at("VA"),
    dcCurrent: at("DCA"),
    dcVoltage: at("DCV"),
    phases: PHASES.map(([current, voltage]) => [at(current), at(voltage)] as const)
      .filter(([current, voltage]) => current >= 0 && voltage >= 0),
  };
});

function checkedOf({ top: { group }, byPath }: PointTable): CheckedSlot[] {
  return group.points.flatMap(({ name, type, scale = 0 }): CheckedSlot[] => {
    const check = checkOf(name);
    const slot = byPath.get(name);
    if (type !== "int16" || check === undefined || slot === undefined) return [];
    if (typeof scale === "number") return [{ slot, check, scale: -1, exponent: scale }];
    const scaleSlot = byPath.get(scale);
    return scaleSlot === undefined
      ? []
      : [{ slot, check, scale: scaleSlot, exponent: 0 }];
  });
}

function checkOf(name: string): Check | undefined {
  if (POWER_FACTOR.test(name)) return "factor";
  return CHECKS.get(name);
}

const CHECKS: ReadonlyMap<string, Check> = new Map([
  ["W", "power"],
  ["VA", "apparent"],
  ["DCW", "dc"],
  ...REACTIVE.map((name) => [name, "reactive"] as const),
]);

/** Adds a flag for each power and power factor of a model that is probably wrong. */
export function addPowerFlags(
  flags: DecodeFlag[],
  { table, values }: ModelReading,
): void {
  const slots = powerSlotsOf(table);
  for (const { slot, check, scale, exponent: fixed } of slots.checked) {
    const value = numberAt(values, slot);
    const exponent = scale < 0 ? fixed : numberAt(values, scale);
    if (value === null || exponent === null) continue;
    if (check === "factor") {
      if (!isUnsignedFactor(values, slots, value, exponent)) continue;
      flags.push(slotFlag(table, slot, "pf-unsigned"));
    } else if (hasOverflowed(values, slots, check, value, 10 ** exponent)) {
      flags.push(slotFlag(table, slot, "int16-overflow"));
    }
  }
}

/**
 * Whether the value, moved by the range of its type, agrees with the other powers and
 * the value itself does not: -25,536 W beside 40,000 VA is 40,000 W.
 */
function hasOverflowed(
  values: Values,
  slots: PowerSlots,
  check: Exclude<Check, "factor">,
  value: number,
  step: number,
): boolean {
  const range = INT16_COUNT * step;
  const total = totalOf(values, slots, check);
  if (total === null || total <= range / 2) return false;
  const other = otherOf(values, slots, check);
  // A power without the one at right angles is compared alone; a reactive power is not.
  if (other === null && check !== "power") return false;
  // A positive power may be small because of a large reactive power that is not known.
  if (value > 0 && other === null) return false;
  const moved = value < 0 ? value + range : value - range;
  const deviation = (power: number): number =>
    Math.abs(Math.hypot(power, other ?? 0) - total);
  return deviation(moved) <= total * TOLERANCE && deviation(value) > total * TOLERANCE;
}

/** The values of a reading, by slot. */
type Values = ModelReading["values"];

/** The apparent power, or the product of current and voltage; null = it is not known. */
function totalOf(values: Values, slots: PowerSlots, check: Check): number | null {
  switch (check) {
    case "apparent":
      return phaseSum(values, slots);
    case "dc": {
      const current = numberAt(values, slots.dcCurrent);
      const voltage = numberAt(values, slots.dcVoltage);
      return current === null || voltage === null ? null : Math.abs(current * voltage);
    }
    default: {
      // An apparent power cannot be negative.
      const apparent = numberAt(values, slots.apparent);
      return apparent !== null && apparent > 0 ? apparent : phaseSum(values, slots);
    }
  }
}

/** The part of the total that is at right angles to the value; null = it was not measured. */
function otherOf(values: Values, slots: PowerSlots, check: Check): number | null {
  if (check === "reactive") return numberAt(values, slots.power);
  if (check !== "power") return 0;
  for (const slot of slots.reactive) {
    const reactive = numberAt(values, slot);
    if (reactive !== null) return reactive;
  }
  return null;
}

/** The sum of the products of current and voltage; null if there is none. */
function phaseSum(values: Values, { phases }: PowerSlots): number | null {
  let sum: number | null = null;
  for (const [current, voltage] of phases) {
    const a = numberAt(values, current);
    const v = numberAt(values, voltage);
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
  values: Values,
  slots: PowerSlots,
  value: number,
  exponent: number,
): boolean {
  if (Math.round(value / 10 ** exponent) !== -1) return false;
  if (exponent !== 0) return true;
  const power = numberAt(values, slots.power);
  const apparent = numberAt(values, slots.apparent);
  if (power === null || apparent === null || apparent <= 0) return true;
  return Math.abs(Math.abs(power) / apparent - 1) > TOLERANCE;
}

function numberAt(values: Values, slot: number): number | null {
  const value: PointValue | undefined = slot < 0 ? null : values[slot];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
