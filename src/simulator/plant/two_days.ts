/**
 * A plant for two days and more with all events of `day.ts`. Times are simulated ms
 * since the first midnight. Pure.
 *
 * @module
 */

import {
  withFirmwareUpdate,
  withModelsHiddenAtNight,
  withNightSleep,
  withReplacement,
} from "./day.ts";
import { THREE_PHASE_IMAGE } from "../images/three_phase.ts";
import { CLOUD_LAG_MS, createPlant, type Plant } from "./plant.ts";
import type { SimulatedDevice } from "../devices/simulated_device.ts";
import { createSun, DAY_MS, HOUR_MS } from "./sun.ts";

/** How long registers are invalid in the morning. */
export const GLITCH_MS = 6 * 60_000;
/** When the new firmware runs, and how long the device is offline before that. */
export const UPDATE_MS = 11 * HOUR_MS;
export const RESTART_MS = 8 * 60_000;
/** When the replacement is online, and how long no device is online before that. */
export const SWAP_MS = DAY_MS + 10 * HOUR_MS;
export const ABSENT_MS = 20 * 60_000;
/** Version and serial number after the events. */
export const NEW_VERSION = "9.01";
export const NEW_SERIAL_TAIL = "0900";
/** First value of the energy counter of the replacement, in Wh. */
export const NEW_COUNTED = 4_200;

/** A vendor model without meaning: 64110, with four registers. */
const NEW_MODEL = [64_110, 4, 1, 2, 3, 4];

/**
 * Creates a plant of a meter and five inverters: one that is offline at night; one that
 * reports sleep at night; one with a firmware update; one that is replaced; one that
 * shows fewer models at night.
 */
export function createTwoDayPlant(seed: number): Plant {
  const { devices } = createPlant({ inverters: 5, meters: 1, seed });
  const sun = createSun({ seed });
  const changes: Readonly<
    Record<string, (device: SimulatedDevice) => SimulatedDevice>
  > = {
    "inverter-1": (device) =>
      withNightSleep(device, sun, { offline: true, glitchMs: GLITCH_MS }),
    "inverter-2": (device) =>
      withNightSleep(device, sun, { offline: false, glitchMs: GLITCH_MS }),
    "inverter-3": (device) =>
      withFirmwareUpdate(device, {
        atMs: UPDATE_MS,
        restartMs: RESTART_MS,
        version: NEW_VERSION,
        model: NEW_MODEL,
      }),
    "inverter-4": (device) =>
      withReplacement(device, {
        atMs: SWAP_MS,
        absentMs: ABSENT_MS,
        serialTail: NEW_SERIAL_TAIL,
        serialTailAt: THREE_PHASE_IMAGE.serialTail,
        counted: NEW_COUNTED,
      }),
    "inverter-5": (device) => withModelsHiddenAtNight(device, sun, 4 * CLOUD_LAG_MS),
  };
  return {
    devices: devices.map((device) => changes[device.name]?.(device) ?? device),
  };
}
