/**
 * Simulated weather stations (models 302, 303 and 307, or 308 alone): irradiance and
 * temperatures follow the sun, wind does not. Pure.
 *
 * @module
 */

import { type Cell, poke } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { HOUR_MS, type Sun } from "../plant/sun.ts";

/** Changing points of a weather station. */
export type WeatherPoint =
  | ("TmpAmb" | "RH" | "Pres" | "WndSpd" | "WndDir")
  | `repeating[${number}].${"GHI" | "POAI" | "DFI" | "DNI" | "OTI"}`
  | `temp[${number}].TmpBOM`;

/** Changing points of a small weather station. */
export type MiniWeatherPoint = "GHI" | "TmpBOM" | "TmpAmb" | "WndSpd";

/** Global horizontal irradiance of a clear noon, in W/m2. */
const NOON_WM2 = 920;

/** The weather at a time. */
interface Weather {
  /** Share of the irradiance of a clear noon, 0..1. */
  readonly light: number;
  readonly globalWm2: number;
  readonly ambientC: number;
  readonly windMs: number;
}

function weatherAt(sun: Sun, simMs: number): Weather {
  const light = sun.fraction(simMs);
  return {
    light,
    globalWm2: NOON_WM2 * light,
    ambientC: 14 + 9 * light + wave(simMs, 24),
    windMs: 3 + 2 * wave(simMs, 5),
  };
}

/** A sine wave between -1 and 1 with a period in hours. */
function wave(simMs: number, periodH: number): number {
  return Math.sin(2 * Math.PI * simMs / (periodH * HOUR_MS));
}

/** Writes the values of a simulated time into the image. */
export function updateWeather(
  image: DeviceImage,
  cells: Readonly<Partial<Record<WeatherPoint, Cell>>>,
  sun: Sun,
  simMs: number,
): void {
  const { light, globalWm2, ambientC, windMs } = weatherAt(sun, simMs);
  const diffuse = 0.15 + 0.5 * (1 - light);
  poke(image, cells["repeating[0].GHI"], globalWm2);
  poke(image, cells["repeating[0].POAI"], 1.08 * globalWm2);
  poke(image, cells["repeating[0].DFI"], diffuse * globalWm2);
  poke(image, cells["repeating[0].DNI"], (1 - diffuse) * globalWm2);
  poke(image, cells["repeating[1].GHI"], 0.996 * globalWm2);
  poke(image, cells["repeating[1].OTI"], 1.07 * globalWm2);
  poke(image, cells["temp[0].TmpBOM"], ambientC + 27 * light);
  poke(image, cells["temp[1].TmpBOM"], ambientC + 28 * light);
  poke(image, cells.TmpAmb, ambientC);
  poke(image, cells.RH, 68 - 30 * light);
  poke(image, cells.Pres, 1_013 + 4 * wave(simMs, 31));
  poke(image, cells.WndSpd, windMs);
  poke(image, cells.WndDir, 225 + 60 * wave(simMs, 9));
}

/** Writes the values of a simulated time into the image of a small station. */
export function updateMiniWeather(
  image: DeviceImage,
  cells: Readonly<Partial<Record<MiniWeatherPoint, Cell>>>,
  sun: Sun,
  simMs: number,
): void {
  const { light, globalWm2, ambientC, windMs } = weatherAt(sun, simMs);
  poke(image, cells.GHI, globalWm2);
  poke(image, cells.TmpBOM, ambientC + 27 * light);
  poke(image, cells.TmpAmb, ambientC);
  poke(image, cells.WndSpd, windMs);
}
