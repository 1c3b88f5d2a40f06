/**
 * A simulated sun: how much of its rated power a plant makes over a simulated
 * day. Clear mornings, small clouds, dark nights; the same seed gives the same
 * weather.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";

/** A day, in simulated ms. */
export const DAY_MS = 86_400_000;
/** An hour, in simulated ms. */
export const HOUR_MS = 3_600_000;

/** How the sun shines. */
export interface SunOptions {
  readonly seed: number;
  /** Ms after midnight. Default 6:00. */
  readonly sunriseMs?: number;
  /** Ms after midnight. Default 20:00. */
  readonly sunsetMs?: number;
}

/** A sun. */
export interface Sun {
  /**
   * The power that the sun allows, as a fraction of the rated one, 0..1.
   *
   * @param simMs simulated time, ms since a simulated midnight; not below 0.
   */
  fraction(simMs: number): number;
}

/** Weather changes over this long. */
const CLOUD_MS = 12 * 60_000;
/** Then the weather repeats: 512 * 12 min, 4.3 simulated days. */
const CLOUDS = 512;
/** This share of the noise is a clear sky. */
const CLEAR = 0.6;
/** The thickest cloud takes this share of the power. */
const CLOUD_DEPTH = 0.7;

/** Makes a sun. */
export function createSun(options: SunOptions): Sun {
  const { seed, sunriseMs = 6 * HOUR_MS, sunsetMs = 20 * HOUR_MS } = options;
  const chance = createSeededRandom(seed);
  const noise = Array.from({ length: CLOUDS }, () => chance.next());

  function clouds(simMs: number): number {
    const at = Math.floor(simMs / CLOUD_MS);
    const share = simMs / CLOUD_MS - at;
    const from = noise[at % CLOUDS] ?? 0;
    const to = noise[(at + 1) % CLOUDS] ?? 0;
    const smooth = from + (to - from) * (1 - Math.cos(Math.PI * share)) / 2;
    return Math.max(0, smooth - CLEAR) / (1 - CLEAR);
  }

  return {
    fraction(simMs) {
      const ofDay = simMs % DAY_MS;
      if (ofDay <= sunriseMs || ofDay >= sunsetMs) return 0;
      const height = Math.sin(Math.PI * (ofDay - sunriseMs) / (sunsetMs - sunriseMs));
      return height ** 1.3 * (1 - CLOUD_DEPTH * clouds(simMs));
    },
  };
}
