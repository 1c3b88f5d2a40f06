/**
 * The plants that can be played by name.
 *
 * @module
 */

import type { Plant } from "./plant.ts";

/** A plant that is built in. */
export interface BuiltInPlant {
  /** What is in it, for people. */
  readonly says: string;
  /** Makes it; the same seed gives the same weather. Its images are loaded only now. */
  readonly make: (seed: number) => Promise<Plant>;
}

/** By name. */
export const PLANTS: Readonly<Record<string, BuiltInPlant>> = {
  demo: {
    says:
      "what `demo` plays: three inverters, a battery, a weather station, two meters behind one address",
    async make(seed) {
      const { createPlant } = await import("./plant.ts");
      return createPlant({ seed, battery: true, weather: true });
    },
  },
  "one-of-each": {
    says:
      "those and a hybrid, another weather station, two combiners and a DER with models 701-714",
    async make(seed) {
      const { createOneOfEach } = await import("./one_of_each.ts");
      return createOneOfEach(seed);
    },
  },
  "two-days": {
    says:
      "five inverters that sleep, wake with nonsense, lose models, get a firmware and are swapped, and a meter",
    async make(seed) {
      const { createTwoDays } = await import("./two_days.ts");
      return createTwoDays(seed);
    },
  },
};
