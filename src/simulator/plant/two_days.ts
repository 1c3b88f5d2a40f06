/**
 * A plant for two days and more, in which everything happens that a night and
 * a day can bring: see `day.ts`. Times are simulated ms since the first midnight.
 *
 * @module
 */

import { namelessByNight, sleepingByNight, swappedOnce, updatedOnce } from "./day.ts";
import { THREE_PHASE } from "../images/three_phase.ts";
import { CLOUD_LAG_MS, createPlant, type Plant } from "./plant.ts";
import type { PlayedDevice } from "../devices/simulated_device.ts";
import { createSun, DAY_MS, HOUR_MS } from "./sun.ts";

/** How long the registers are nonsense in the morning. */
export const GLITCH_MS = 6 * 60_000;
/** When the new firmware runs, and how long nobody answers before. */
export const UPDATE_MS = 11 * HOUR_MS;
export const RESTART_MS = 8 * 60_000;
/** When the other inverter stands in its place, and how long none did. */
export const SWAP_MS = DAY_MS + 10 * HOUR_MS;
export const ABSENT_MS = 20 * 60_000;
/** The version and the serial number that are new then. */
export const NEW_VERSION = "9.01";
export const NEW_SERIAL_TAIL = "0900";
/** What the new inverter's counter says when it comes, in Wh. */
export const NEW_COUNTED = 4_200;

/** A model of a vendor, of no meaning: 64110, of four registers. */
const NEW_MODEL = [64_110, 4, 1, 2, 3, 4];

/**
 * Five inverters (one that goes offline with the sun; one that stays and says
 * that it sleeps; one that gets a firmware; one that is swapped; one that shows
 * fewer models by night) and a meter.
 */
export function createTwoDays(seed: number): Plant {
  const { devices } = createPlant({ inverters: 5, meters: 1, seed });
  const sun = createSun({ seed });
  const changes: Readonly<Record<string, (device: PlayedDevice) => PlayedDevice>> = {
    "inverter-1": (device) =>
      sleepingByNight(device, sun, { offline: true, glitchMs: GLITCH_MS }),
    "inverter-2": (device) =>
      sleepingByNight(device, sun, { offline: false, glitchMs: GLITCH_MS }),
    "inverter-3": (device) =>
      updatedOnce(device, {
        atMs: UPDATE_MS,
        restartMs: RESTART_MS,
        version: NEW_VERSION,
        model: NEW_MODEL,
      }),
    "inverter-4": (device) =>
      swappedOnce(device, {
        atMs: SWAP_MS,
        absentMs: ABSENT_MS,
        serialTail: NEW_SERIAL_TAIL,
        serialTailAt: THREE_PHASE.serialTail,
        counted: NEW_COUNTED,
      }),
    "inverter-5": (device) => namelessByNight(device, sun, 4 * CLOUD_LAG_MS),
  };
  return {
    devices: devices.map((device) => changes[device.name]?.(device) ?? device),
  };
}
