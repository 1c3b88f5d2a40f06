/**
 * One device of each further kind, by the literals of `images/`.
 *
 * @module
 */

import { type Battery, createBattery, updateBattery } from "./battery.ts";
import { createCombiner } from "./combiner.ts";
import { createHybrid } from "./hybrid.ts";
import { BATTERY } from "../images/battery.ts";
import { COMBINER } from "../images/combiner.ts";
import { COMBINER_OLD } from "../images/combiner_old.ts";
import { DER } from "../images/der.ts";
import { HYBRID } from "../images/hybrid.ts";
import { MINI_WEATHER } from "../images/mini_weather.ts";
import { WEATHER } from "../images/weather.ts";
import { createImageOf } from "../literal.ts";
import type { PlayedDevice } from "./simulated_device.ts";
import type { Sun } from "../plant/sun.ts";
import { updateMiniWeather, updateWeather } from "./weather.ts";

/** What the battery of `BATTERY` holds, in Wh. */
export const BATTERY_WH = 20_500;
/** Its strings, and how many cells each has in a row. */
const STRINGS = { strings: 2, cellsInRow: 120 };

/** A device that has no place in a plant yet. */
type Alone = Omit<PlayedDevice, "name" | "gateway">;

/** The battery of {@linkcode BATTERY_WH}. */
export function batteryDevice(battery: Battery): Alone {
  const image = createImageOf(BATTERY);
  const update = (simMs: number): void =>
    updateBattery(image, BATTERY.cells, battery, STRINGS, simMs);
  return { kind: "battery", unitId: 1, image, update };
}

/** A hybrid inverter of 10 kW with a battery of its own. */
export function hybridDevice(sun: Sun): Alone {
  const image = createImageOf(HYBRID);
  const traits = { inputsW: [5_600, 4_400], capacityWh: 10_200 };
  const battery = createBattery(traits.capacityWh);
  const { update } = createHybrid(image, HYBRID.cells, traits, sun, battery);
  return { kind: "hybrid", unitId: 3, image, update };
}

/** A weather station. */
export function weatherDevice(sun: Sun): Alone {
  const image = createImageOf(WEATHER);
  const update = (simMs: number): void =>
    updateWeather(image, WEATHER.cells, sun, simMs);
  return { kind: "weather", unitId: 41, image, update };
}

/** A small weather station. */
export function miniWeatherDevice(sun: Sun): Alone {
  const image = createImageOf(MINI_WEATHER);
  const update = (simMs: number): void =>
    updateMiniWeather(image, MINI_WEATHER.cells, sun, simMs);
  return { kind: "weather", unitId: 1, image, update };
}

/** A string combiner. */
export function combinerDevice(sun: Sun): Alone {
  const image = createImageOf(COMBINER);
  const traits = { inputs: 4, ratedW: 5_500 };
  const { update } = createCombiner(image, COMBINER.cells, traits, sun);
  return { kind: "combiner", unitId: 51, image, update };
}

/** The combiner of the older models, which stands still. */
export function oldCombinerDevice(): Alone {
  return {
    kind: "combiner",
    unitId: 52,
    image: createImageOf(COMBINER_OLD),
    update() {},
  };
}

/** The DER with all models from 701 to 714, which stands still. */
export function derDevice(): Alone {
  return { kind: "der", unitId: 1, image: createImageOf(DER), update() {} };
}
