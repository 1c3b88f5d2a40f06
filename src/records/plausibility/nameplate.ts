/**
 * The rated power of an inverter (models 120 and 702), and the readings that
 * exceed it implausibly.
 *
 * @module
 */

import {
  type DecodedModel,
  type DecodeFlag,
  isModel,
  type Points,
} from "../../sunspec/decode/decode.ts";

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

/** The largest rated power of the models, in W or VA; null = none has one. */
export function ratedPowerW(models: readonly DecodedModel[]): number | null {
  let rated: number | null = null;
  for (const model of models) {
    const ratings = isModel(model, 120)
      ? [model.points.WRtg, model.points.VARtg]
      : isModel(model, 702)
      ? [model.points.WMaxRtg, model.points.VAMaxRtg]
      : [];
    // With two inverters in one chain, the larger rating is the limit.
    for (const power of ratings) {
      if (power !== null && power > 0) rated = Math.max(rated ?? 0, power);
    }
  }
  return rated;
}

/**
 * Flags for the powers of a model or of its inputs that exceed the rating
 * implausibly. Their values are passed on.
 */
export function powerSpikes(model: DecodedModel, ratedW: number): DecodeFlag[] {
  if (!RATED_MODELS.has(model.id)) return [];
  const limitW = ratedW * SPIKE_FACTOR;
  const found: DecodeFlag[] = [];
  const check = (points: Points, name: string, prefix: string): void => {
    const value = points[name];
    if (typeof value !== "number" || Math.abs(value) <= limitW) return;
    found.push({ path: `${prefix}${name}`, reason: "beyond-rating" });
  };
  for (const name of POWERS) check(model.points, name, "");
  for (const group of INPUT_GROUPS) {
    const inputs = model.points[group];
    if (!Array.isArray(inputs)) continue;
    inputs.forEach((input, at) => check(input, "DCW", `${group}[${at}].`));
  }
  return found;
}
