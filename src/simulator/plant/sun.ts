/**
 * The simulated sun: the share of its rated power that a plant generates over a
 * simulated day, with clouds. The same seed gives the same weather. Pure.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";

/** A day, in simulated ms. */
export const DAY_MS = 86_400_000;
/** An hour, in simulated ms. */
export const HOUR_MS = 3_600_000;

/** Options of the sun. */
export interface SunOptions {
  readonly seed: number;
  /** In ms after midnight. Default 6:00. */
  readonly sunriseMs?: number;
  /** In ms after midnight. Default 20:00. */
  readonly sunsetMs?: number;
}

/** A simulated sun. */
export interface Sun {
  /**
   * Available power as a fraction of the rated power, 0..1.
   *
   * @param simMs simulated time, ms since a simulated midnight; not below 0.
   */
  fraction(simMs: number): number;
}

/** Period of the weather, in simulated ms. */
const CLOUD_MS = 12 * 60_000;
/** Number of periods before the weather repeats: 512 * 12 min, 4.3 simulated days. */
const CLOUDS = 512;
/** Noise below this value is a clear sky. */
const CLEAR = 0.6;
/** Share of the power that the densest cloud absorbs. */
const CLOUD_DEPTH = 0.7;

/** Creates a sun. */
export function createSun(options: SunOptions): Sun {
  const { seed, sunriseMs = 6 * HOUR_MS, sunsetMs = 20 * HOUR_MS } = options;
  const random = createSeededRandom(seed);
  const noise = Array.from({ length: CLOUDS }, () => random.next());

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
