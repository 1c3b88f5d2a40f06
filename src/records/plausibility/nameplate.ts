/**
 * The rated power of an inverter (models 120 and 702), and the readings that
 * exceed it implausibly.
 *
 * @module
 */

import type { DecodeFlag } from "../../sunspec/decode/decode.ts";
import {
  type ModelReading,
  pointValue,
  slotFlag,
} from "../../sunspec/decode/model_reading.ts";
import { oncePerTable } from "../../sunspec/decode/point_table.ts";

/** Models with ratings; occasional polls read them. */
export const NAMEPLATE_MODELS: ReadonlySet<number> = new Set([120, 702]);

/** Models of the inverter itself. The nameplate does not apply to a meter in the same chain. */
export const RATED_MODELS: ReadonlySet<number> = new Set([
  101,
  102,
  103,
  111,
  112,
  113,
  160,
  701,
  714,
]);

/** Powers of the whole inverter in those models. */
const POWERS = ["W", "VA", "VAr", "Var", "DCW"] as const;

/** Groups of inputs in those models. One input cannot exceed the rating of the inverter. */
const INPUT_GROUPS = ["module", "Prt"] as const;

/** A power above this multiple of the rating is implausible. Overload and DC oversizing stay below it. */
const SPIKE_FACTOR = 2;

/** The points of a nameplate with the rated power, by model. */
const RATINGS: ReadonlyMap<number, readonly string[]> = new Map([
  [120, ["WRtg", "VARtg"]],
  [702, ["WMaxRtg", "VAMaxRtg"]],
]);

/** The largest rated power of the models, in W or VA; null = none has one. */
export function ratedPowerW(models: readonly ModelReading[]): number | null {
  let rated: number | null = null;
  for (const model of models) {
    const points = RATINGS.get(model.id);
    if (points === undefined) continue;
    // With two inverters in one chain, the larger rating is the limit.
    for (const point of points) {
      const power = pointValue(model, point);
      if (typeof power === "number" && power > 0) rated = Math.max(rated ?? 0, power);
    }
  }
  return rated;
}

/** The slots of the powers of the model and of its inputs. */
const powerSlotsOf = oncePerTable(({ byPath, top: { group, groups } }): number[] => [
  ...POWERS.flatMap((name) => byPath.get(name) ?? []),
  ...INPUT_GROUPS.flatMap((name) => {
    const nth = group.groups.findIndex((inner) => inner.name === name);
    return (groups[nth] ?? []).flatMap(({ path }) => byPath.get(`${path}DCW`) ?? []);
  }),
]);

/**
 * Adds a flag for each power of a model or of its inputs that exceeds the rating
 * implausibly. The values are passed on.
 */
export function addPowerSpikes(
  flags: DecodeFlag[],
  { id, table, values }: ModelReading,
  ratedW: number,
): void {
  if (!RATED_MODELS.has(id)) return;
  const limitW = ratedW * SPIKE_FACTOR;
  for (const slot of powerSlotsOf(table)) {
    const value = values[slot];
    if (typeof value !== "number" || Math.abs(value) <= limitW) continue;
    flags.push(slotFlag(table, slot, "beyond-rating"));
  }
}
