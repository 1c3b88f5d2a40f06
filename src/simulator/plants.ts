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
    says: "what `demo` plays: three inverters, two meters behind one address",
    async make(seed) {
      const { createPlant } = await import("./plant.ts");
      return createPlant({ seed });
    },
  },
};
