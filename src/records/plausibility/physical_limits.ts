/**
 * Flags values outside the range that the quantity can have. Such values come from
 * registers in the wrong place, swapped words or a wrong scale factor. They are passed
 * on. Pure.
 *
 * @module
 */

import type { DecodeFlag } from "../../sunspec/decode/decode.ts";
import { type ModelReading, slotFlag } from "../../sunspec/decode/model_reading.ts";
import { oncePerTable } from "../../sunspec/decode/point_table.ts";
import type { PointDefinition } from "../../sunspec/definition/definition.ts";

/** The values that a quantity can have. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** A range, and the points that it applies to. */
interface Limit extends Range {
  /** The unit, in lower case; undefined = the point has none. */
  readonly units: string | undefined;
  /** Absent = every name. */
  readonly names?: RegExp;
}

/**
 * The limits by unit and name; the first one that matches applies. They are generous: an
 * instrument that is slightly off is no fault.
 */
const LIMITS: readonly Limit[] = [
  // Power factor: in percent, or as a ratio (213 with a unit, 701 without).
  { units: "pct", names: /^PF/, min: -101, max: 101 },
  { units: "pf", min: -1.01, max: 1.01 },
  { units: undefined, names: /^PF(?:L[123])?$/, min: -1.01, max: 1.01 },
  { units: "pct", names: /^(?:RH|SoilWet)$/, min: 0, max: 110 },
  ...["pct", "%", "%whrtg"].map((units) => ({
    units,
    names: /^(?:Str|Mod)?(?:SoC|SoH|DoD)$/,
    min: 0,
    max: 110,
  })),
  { units: "c", names: /^Tmp(?:Amb|BOM)$/, min: -90, max: 120 },
  { units: "c", min: -100, max: 500 },
  { units: "hz", min: 0, max: 400 },
  { units: "v", min: -1e5, max: 1e5 },
  { units: "a", min: -1e6, max: 1e6 },
  ...["w", "va", "var"].map((units) => ({ units, min: -1e10, max: 1e10 })),
  { units: "hpa", min: 100, max: 1_200 },
  { units: "mps", min: 0, max: 120 },
  { units: "m/s", min: 0, max: 120 },
  { units: "deg", names: /^WndDir$/, min: 0, max: 360 },
  // Pyranometers read a little below 0 at night; clouds reflect.
  { units: "w/m2", min: -100, max: 2_500 },
];

/** A slot whose range is known. */
interface LimitedSlot extends Range {
  readonly slot: number;
}

/** The slots of a table whose range is known. */
const limitedSlotsOf = oncePerTable(({ slots }): readonly LimitedSlot[] =>
  slots.flatMap(({ point }, slot): LimitedSlot[] => {
    const limit = LIMITS.find((each) => appliesTo(each, point));
    return limit === undefined ? [] : [{ slot, min: limit.min, max: limit.max }];
  })
);

function appliesTo({ units, names }: Limit, point: PointDefinition): boolean {
  return units === point.units?.toLowerCase() && (names?.test(point.name) ?? true);
}

/** Adds a flag for each value of a model that its quantity cannot have. */
export function addRangeFlags(
  flags: DecodeFlag[],
  { table, values }: ModelReading,
): void {
  for (const { slot, min, max } of limitedSlotsOf(table)) {
    const value = values[slot];
    if (typeof value !== "number" || (value >= min && value <= max)) continue;
    flags.push(slotFlag(table, slot, "out-of-range"));
  }
}
