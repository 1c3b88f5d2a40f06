/**
 * The built-in plants, by name.
 *
 * @module
 */

import type { Plant } from "./plant.ts";

/** A built-in plant. */
export interface BuiltInPlant {
  /** Its devices, for people. */
  readonly description: string;
  /** Creates the plant and loads its images; the same seed gives the same weather. */
  readonly create: (seed: number) => Promise<Plant>;
}

/** Plants by name. */
export const PLANTS: Readonly<Record<string, BuiltInPlant>> = {
  demo: {
    description:
      "the plant of `demo`: three inverters, a battery, a weather station, two meters behind one address",
    async create(seed) {
      const { createPlant } = await import("./plant.ts");
      return createPlant({ seed, battery: true, weather: true });
    },
  },
  "one-of-each": {
    description:
      "the devices of `demo`, a hybrid inverter, a second weather station, two combiners and a DER with models 701-714",
    async create(seed) {
      const { createPlantOfEachKind } = await import("./one_of_each.ts");
      return createPlantOfEachKind(seed);
    },
  },
  "two-days": {
    description:
      "a meter and five inverters: sleep at night, invalid registers in the morning, hidden models, a firmware update, a replacement",
    async create(seed) {
      const { createTwoDayPlant } = await import("./two_days.ts");
      return createTwoDayPlant(seed);
    },
  },
};
