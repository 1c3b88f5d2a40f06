/**
 * A simulated battery: it charges at noon, discharges in the evening and is idle at
 * night, the same every day. The state of charge follows from the energy. The
 * registers are consistent: A is the sum of the currents of the strings. Pure.
 *
 * @module
 */

import { type Cell, poke, pokeParts } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { DAY_MS, HOUR_MS } from "../plant/sun.ts";

/** Changing points of a string. */
export type BatteryStringPoint =
  | "StrSoC"
  | "StrA"
  | "StrCellVMax"
  | "StrCellVMin"
  | "StrCellVAvg";

/** Changing points of a battery: models 802 and 803. */
export type BatteryPoint =
  | ("SoC" | "DoD" | "ChaSt" | "Hb" | "V" | "CellVMax" | "CellVMin" | "CellVAvg")
  | ("A" | "W")
  | `string[${number}].${BatteryStringPoint}`;

/** A simulated battery. */
export interface Battery {
  /** Power in W; positive = discharging. */
  powerAt(simMs: number): number;
  /** State of charge, in percent. */
  chargeAt(simMs: number): number;
}

/** Range of the state of charge, in percent. */
const CHARGE_MIN = 25;
const CHARGE_MAX = 90;
/** Start of charging and discharging, in hours after midnight; each takes {@linkcode PHASE_H}. */
const CHARGES_AT_H = 9;
const DISCHARGES_AT_H = 18;
const PHASE_H = 6;
/** Values of ChaSt (SunSpec models 124 and 802). */
const CHARGE_STATE = { discharging: 3, charging: 4, holding: 6 } as const;

/** Creates a battery with a capacity in Wh. */
export function createBattery(capacityWh: number): Battery {
  const swingWh = capacityWh * (CHARGE_MAX - CHARGE_MIN) / 100;
  // The area of a half sine is 2 / pi of its bounding box.
  const peakW = swingWh / PHASE_H * Math.PI / 2;

  /** Progress of a phase, 0..1. */
  const progress = (simMs: number, startsAtH: number): number => {
    const hour = (simMs % DAY_MS) / HOUR_MS;
    return Math.min(Math.max((hour - startsAtH) / PHASE_H, 0), 1);
  };
  const completed = (share: number): number => (1 - Math.cos(Math.PI * share)) / 2;

  return {
    powerAt(simMs) {
      const charging = Math.sin(Math.PI * progress(simMs, CHARGES_AT_H));
      const discharging = Math.sin(Math.PI * progress(simMs, DISCHARGES_AT_H));
      return peakW * (discharging - charging);
    },
    chargeAt(simMs) {
      const charged = completed(progress(simMs, CHARGES_AT_H));
      const discharged = completed(progress(simMs, DISCHARGES_AT_H));
      return CHARGE_MIN + (CHARGE_MAX - CHARGE_MIN) * (charged - discharged);
    },
  };
}

/** Below this power, in W, the charge state is "holding". */
const HOLDING_W = 20;

/** Writes a battery of `strings` equal strings of `cellsInRow` cells in series into its image. */
export function updateBattery(
  image: DeviceImage,
  cells: Readonly<Partial<Record<BatteryPoint, Cell>>>,
  battery: Battery,
  { strings, cellsInRow }: { readonly strings: number; readonly cellsInRow: number },
  simMs: number,
): void {
  const powerW = battery.powerAt(simMs);
  const charge = battery.chargeAt(simMs);
  const cellV = 3.2 + 0.2 * charge / 100 - 0.02 * powerW / 10_000;
  const volts = cellV * cellsInRow;
  const each = Array.from({ length: strings }, (_, string) => string);
  const tilt = (string: number): number => 0.1 * (string - (strings - 1) / 2);
  const amps = pokeParts(
    image,
    each.map((string) => [
      cells[`string[${string}].StrA`],
      powerW / volts / strings * (1 + 0.1 * tilt(string)),
    ]),
  );
  for (const string of each) {
    poke(image, cells[`string[${string}].StrSoC`], charge + tilt(string));
    poke(image, cells[`string[${string}].StrCellVMax`], cellV + 0.011);
    poke(image, cells[`string[${string}].StrCellVMin`], cellV - 0.013);
    poke(image, cells[`string[${string}].StrCellVAvg`], cellV);
  }
  poke(image, cells.SoC, charge);
  poke(image, cells.DoD, 100 - charge);
  poke(image, cells.V, volts);
  poke(image, cells.CellVMax, cellV + 0.011);
  poke(image, cells.CellVMin, cellV - 0.013);
  poke(image, cells.CellVAvg, cellV);
  poke(image, cells.A, amps);
  poke(image, cells.W, powerW);
  poke(image, cells.Hb, Math.floor(simMs / 1_000) % 0x1_0000);
  const flowing = powerW > 0 ? CHARGE_STATE.discharging : CHARGE_STATE.charging;
  const isHolding = Math.abs(powerW) < HOLDING_W;
  poke(image, cells.ChaSt, isHolding ? CHARGE_STATE.holding : flowing);
}
