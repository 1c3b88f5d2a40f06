/**
 * Single devices of the remaining kinds, made from the literals of `images/`. Pure.
 *
 * @module
 */

import { type Battery, createBattery, updateBattery } from "./battery.ts";
import { createCombiner } from "./combiner.ts";
import { createHybrid } from "./hybrid.ts";
import { BATTERY_IMAGE } from "../images/battery.ts";
import { COMBINER_IMAGE } from "../images/combiner.ts";
import { OLD_COMBINER_IMAGE } from "../images/combiner_old.ts";
import { DER_IMAGE } from "../images/der.ts";
import { HYBRID_IMAGE } from "../images/hybrid.ts";
import { MINI_WEATHER_IMAGE } from "../images/mini_weather.ts";
import { WEATHER_IMAGE } from "../images/weather.ts";
import { createImageOf } from "../literal.ts";
import type { SimulatedDevice } from "./simulated_device.ts";
import type { Sun } from "../plant/sun.ts";
import { updateMiniWeather, updateWeather } from "./weather.ts";

/** Capacity of the battery of `BATTERY_IMAGE`, in Wh. */
export const BATTERY_WH = 20_500;
/** Its strings, and the number of cells in series of each. */
const STRINGS = { strings: 2, cellsInRow: 120 };

/** A device that is not part of a plant yet. */
type UnplacedDevice = Omit<SimulatedDevice, "name" | "gateway">;

/** Creates a battery of {@linkcode BATTERY_WH}. */
export function batteryDevice(battery: Battery): UnplacedDevice {
  const image = createImageOf(BATTERY_IMAGE);
  const update = (simMs: number): void =>
    updateBattery(image, BATTERY_IMAGE.cells, battery, STRINGS, simMs);
  return { kind: "battery", unitId: 1, image, update };
}

/** Creates a hybrid inverter of 10 kW with its own battery. */
export function hybridDevice(sun: Sun): UnplacedDevice {
  const image = createImageOf(HYBRID_IMAGE);
  const traits = { inputsW: [5_600, 4_400], capacityWh: 10_200 };
  const battery = createBattery(traits.capacityWh);
  const { update } = createHybrid(image, HYBRID_IMAGE.cells, traits, sun, battery);
  return { kind: "hybrid", unitId: 3, image, update };
}

/** Creates a weather station. */
export function weatherDevice(sun: Sun): UnplacedDevice {
  const image = createImageOf(WEATHER_IMAGE);
  const update = (simMs: number): void =>
    updateWeather(image, WEATHER_IMAGE.cells, sun, simMs);
  return { kind: "weather", unitId: 41, image, update };
}

/** Creates a small weather station. */
export function miniWeatherDevice(sun: Sun): UnplacedDevice {
  const image = createImageOf(MINI_WEATHER_IMAGE);
  const update = (simMs: number): void =>
    updateMiniWeather(image, MINI_WEATHER_IMAGE.cells, sun, simMs);
  return { kind: "weather", unitId: 1, image, update };
}

/** Creates a string combiner. */
export function combinerDevice(sun: Sun): UnplacedDevice {
  const image = createImageOf(COMBINER_IMAGE);
  const traits = { inputs: 4, ratedW: 5_500 };
  const { update } = createCombiner(image, COMBINER_IMAGE.cells, traits, sun);
  return { kind: "combiner", unitId: 51, image, update };
}

/** Creates a combiner with the older models; its values do not change. */
export function oldCombinerDevice(): UnplacedDevice {
  return {
    kind: "combiner",
    unitId: 52,
    image: createImageOf(OLD_COMBINER_IMAGE),
    update() {},
  };
}

/** Creates a DER with all models from 701 to 714; its values do not change. */
export function derDevice(): UnplacedDevice {
  return { kind: "der", unitId: 1, image: createImageOf(DER_IMAGE), update() {} };
}
