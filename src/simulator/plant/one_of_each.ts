/**
 * A plant with one device of each kind. Pure.
 *
 * @module
 */

import { createPlant, type Plant } from "./plant.ts";
import {
  combinerDevice,
  derDevice,
  hybridDevice,
  miniWeatherDevice,
  oldCombinerDevice,
} from "../devices/single_devices.ts";
import { createSun } from "./sun.ts";

/** Creates the plant; the same seed gives the same weather. */
export function createPlantOfEachKind(seed: number): Plant {
  const sun = createSun({ seed });
  const more = {
    "hybrid-1": hybridDevice(sun),
    "weather-2": miniWeatherDevice(sun),
    "combiner-1": combinerDevice(sun),
    "combiner-2": oldCombinerDevice(),
    "der-1": derDevice(),
  };
  return {
    devices: [
      ...createPlant({ seed, battery: true, weather: true }).devices,
      ...Object.entries(more).map(([name, device]) => ({
        ...device,
        name,
        gateway: undefined,
      })),
    ],
  };
}
