/**
 * What an inverter can do at most, as its nameplate says (models 120, 702), and
 * which of its readings cannot be.
 *
 * @module
 */

import {
  type DecodedModel,
  type DecodeFlag,
  isModel,
  type Points,
} from "../../sunspec/decode/decode.ts";

/** Models that name what an inverter can do; a poll now and then is to read them. */
export const NAMEPLATE_MODELS: ReadonlySet<number> = new Set([120, 702]);

/** Models of the inverter itself: its nameplate says nothing of a meter in the same chain. */
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

/** Points of those models that are powers of the whole inverter. */
const POWERS = ["W", "VA", "VAr", "Var", "DCW"] as const;

/** Groups of those models that are inputs: none carries more than the inverter can take. */
const INPUT_GROUPS = ["module", "Prt"] as const;

/** Beyond the rating by this, a power cannot be: overload and DC surplus are within it. */
const SPIKE_FACTOR = 2;

/** The largest power that a nameplate names, in W or VA; null = none is there. */
export function ratedPowerW(models: readonly DecodedModel[]): number | null {
  let rated: number | null = null;
  for (const model of models) {
    const said = isModel(model, 120)
      ? [model.points.WRtg, model.points.VARtg]
      : isModel(model, 702)
      ? [model.points.WMaxRtg, model.points.VAMaxRtg]
      : [];
    // Two inverters in one chain: the greater says what cannot be.
    for (const power of said) {
      if (power !== null && power > 0) rated = Math.max(rated ?? 0, power);
    }
  }
  return rated;
}

/**
 * The powers of a model, or of one of its inputs, that lie far beyond the
 * rating: passed on, and flagged.
 */
export function spikesOf(model: DecodedModel, ratedW: number): DecodeFlag[] {
  if (!RATED_MODELS.has(model.id)) return [];
  const most = ratedW * SPIKE_FACTOR;
  const found: DecodeFlag[] = [];
  const look = (points: Points, name: string, before: string): void => {
    const value = points[name];
    if (typeof value !== "number" || Math.abs(value) <= most) return;
    found.push({ path: `${before}${name}`, reason: "beyond-rating" });
  };
  for (const name of POWERS) look(model.points, name, "");
  for (const group of INPUT_GROUPS) {
    const inputs = model.points[group];
    if (!Array.isArray(inputs)) continue;
    inputs.forEach((input, at) => look(input, "DCW", `${group}[${at}].`));
  }
  return found;
}
