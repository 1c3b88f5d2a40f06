/**
 * A simulated inverter that follows the sun. The registers are consistent: A is the
 * exact sum of the phases, DCA and DCW of the modules; AC power is DC power times the
 * efficiency, to the resolution of the registers. Pure.
 *
 * @module
 */

import { type Cell, peek, poke, pokeParts } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { type ByPhase, byPhase, createEnergyCounter, gridAt } from "../plant/grid.ts";
import type { Sun } from "../plant/sun.ts";

/** Changing points of a module. */
export type ModulePoint = "DCA" | "DCV" | "DCW" | "DCWH" | "Tmp" | "DCSt";

/** Changing points of an inverter: models 101-113, 122 and 160. */
export type InverterPoint =
  | ("A" | "AphA" | "AphB" | "AphC" | "PPVphAB" | "PPVphBC" | "PPVphCA")
  | ("PhVphA" | "PhVphB" | "PhVphC" | "W" | "Hz" | "VA" | "VAr" | "PF" | "WH" | "ActWh")
  | ("DCA" | "DCV" | "DCW" | "TmpCab" | "TmpSnk" | "St")
  | `module[${number}].${ModulePoint}`;

/** Properties of an inverter. */
export interface InverterTraits {
  readonly ratedW: number;
  readonly phases: 1 | 3;
  /** Number of connected trackers. */
  readonly modules: number;
  /** DC voltage at no load, in V. */
  readonly dcVolts: number;
  /** Delay of the clouds compared with the first inverter, in simulated ms. */
  readonly cloudLagMs: number;
  /** Share of the rated power that dust and orientation leave, 0..1. */
  readonly yield: number;
}

/** A simulated inverter. */
export interface SimulatedInverter {
  /** AC power by phase, in W, 0 or more. */
  powerAt(simMs: number): ByPhase;
  /** Writes the values of a simulated time into the image. */
  update(simMs: number): void;
}

/** AC power divided by DC power. */
export const EFFICIENCY = 0.97;
/** Reactive power divided by active power: slightly under-excited. */
export const REACTIVE = -0.03;
/** Fraction of the rated power below which an inverter does not feed in. */
const FEED_IN_MIN = 0.01;
/** Values of St and DCSt (SunSpec models 103 and 160). */
const STATE = { sleeping: 2, starting: 3, mppt: 4, shuttingDown: 6 } as const;

/** Creates an inverter that writes to `image`. */
export function createInverter(
  image: DeviceImage,
  cells: Readonly<Partial<Record<InverterPoint, Cell>>>,
  traits: InverterTraits,
  sun: Sun,
): SimulatedInverter {
  const { ratedW, phases, modules, dcVolts, cloudLagMs } = traits;
  const sunAt = (simMs: number): number =>
    traits.yield * sun.fraction(Math.max(0, simMs - cloudLagMs));
  const totalAt = (simMs: number): number => {
    const fraction = sunAt(simMs);
    return fraction < FEED_IN_MIN ? 0 : fraction * ratedW;
  };
  const counter = createEnergyCounter(totalAt);
  const whAtStart = cells.WH === undefined ? 0 : peek(image, cells.WH);
  const moduleWhAtStart = Array.from({ length: modules }, (_, module) => {
    const cell = cells[`module[${module}].DCWH`];
    return cell === undefined ? 0 : peek(image, cell);
  });

  function updateAc(simMs: number, acW: number): void {
    const grid = gridAt(simMs);
    const va = acW * Math.hypot(1, REACTIVE);
    const volts = [cells.PhVphA, cells.PhVphB, cells.PhVphC];
    const lines = [cells.PPVphAB, cells.PPVphBC, cells.PPVphCA];
    volts.forEach((cell, phase) => poke(image, cell, grid.volts[phase] ?? 0));
    lines.forEach((cell, phase) => poke(image, cell, grid.lineVolts[phase] ?? 0));
    const amps = byPhase((phase) => va / phases / grid.volts[phase]);
    const sum = pokeParts(image, [
      [cells.AphA, amps[0]],
      [cells.AphB, amps[1]],
      [cells.AphC, amps[2]],
    ]);
    poke(image, cells.A, sum);
    poke(image, cells.W, acW);
    poke(image, cells.VA, va);
    poke(image, cells.VAr, acW * REACTIVE);
    poke(image, cells.PF, acW > 0 ? 100 / Math.hypot(1, REACTIVE) : 0);
    poke(image, cells.Hz, grid.hz);
  }

  function updateDc(acW: number, energyWh: number, state: number): void {
    const dcW = acW / EFFICIENCY;
    const load = acW / ratedW;
    const weights = Array.from({ length: modules }, (_, module) => 1 - 0.01 * module);
    const weight = weights.reduce((sum, each) => sum + each, 0);
    const watts: [Cell | undefined, number][] = [];
    const amps: [Cell | undefined, number][] = [];
    weights.forEach((each, module) => {
      const share = each / weight;
      const volts = acW > 0 ? dcVolts * (1 - 0.04 * load) - module : 0;
      watts.push([cells[`module[${module}].DCW`], dcW * share]);
      amps.push([cells[`module[${module}].DCA`], acW > 0 ? dcW * share / volts : 0]);
      poke(image, cells[`module[${module}].DCV`], volts);
      const moduleWh = (moduleWhAtStart[module] ?? 0) + energyWh / EFFICIENCY * share;
      poke(image, cells[`module[${module}].DCWH`], moduleWh);
      poke(image, cells[`module[${module}].Tmp`], 20 + 30 * load);
      poke(image, cells[`module[${module}].DCSt`], state);
    });
    const sumW = modules > 0 ? pokeParts(image, watts) : dcW;
    const sumA = modules > 0 ? pokeParts(image, amps) : dcW / dcVolts;
    poke(image, cells.DCW, sumW);
    poke(image, cells.DCA, sumA);
    poke(image, cells.DCV, sumA > 0 ? sumW / sumA : 0);
  }

  return {
    powerAt(simMs) {
      const acW = totalAt(simMs);
      return phases === 1 ? [acW, 0, 0] : [acW / 3, acW / 3, acW / 3];
    },
    update(simMs) {
      const acW = totalAt(simMs);
      const energyWh = counter.advance(simMs);
      const rising = sunAt(simMs + 60_000) >= sunAt(simMs);
      const twilight = rising ? STATE.starting : STATE.shuttingDown;
      const idle = sunAt(simMs) > 0 ? twilight : STATE.sleeping;
      const state = acW > 0 ? STATE.mppt : idle;
      updateAc(simMs, acW);
      updateDc(acW, energyWh, state);
      poke(image, cells.WH, whAtStart + energyWh);
      poke(image, cells.ActWh, whAtStart + energyWh);
      poke(image, cells.TmpCab, 20 + 25 * acW / ratedW);
      poke(image, cells.TmpSnk, 21 + 40 * acW / ratedW);
      poke(image, cells.St, state);
    },
  };
}
