/**
 * A simulated hybrid inverter (models 701, 713 and 714): PV inputs and a battery
 * behind one AC side. The registers are consistent: DCA and DCW are the sums of the
 * ports, W and A of the phases. Pure.
 *
 * @module
 */

import type { Battery } from "./battery.ts";
import { type Cell, peek, poke, pokeParts } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import {
  createEnergyCounter,
  type EnergyCounter,
  gridAt,
  total,
} from "../plant/grid.ts";
import { EFFICIENCY, REACTIVE } from "./inverter.ts";
import type { Sun } from "../plant/sun.ts";

/** Changing points of a port. */
export type PortPoint = "DCA" | "DCV" | "DCW" | "DCWhInj" | "DCWhAbs";

/** Changing points of a hybrid inverter. */
export type HybridPoint =
  | ("InvSt" | "W" | "VA" | "Var" | "PF" | "A" | "LLV" | "LNV" | "Hz" | "TotWhInj")
  | ("TmpCab" | "TmpSnk" | `${"W" | "A" | "V"}L${1 | 2 | 3}`)
  | ("VL1L2" | "VL2L3" | "VL3L1" | "WHAvail" | "SoC" | "DCA" | "DCW")
  | `Prt[${number}].${PortPoint}`;

/** Properties of a hybrid inverter. */
export interface HybridTraits {
  /** Rated power of each PV input, in W. */
  readonly inputsW: readonly number[];
  readonly capacityWh: number;
}

/** A simulated hybrid inverter. */
export interface Hybrid {
  /** AC power in W; negative = consumed from the grid. */
  powerAt(simMs: number): number;
  /** Writes the values of a simulated time into the image. */
  update(simMs: number): void;
}

/** DC voltages in V: of a PV input under load, and of the battery. */
const INPUT_V = 605;
const BATTERY_V = 406;
/** Values of InvSt (SunSpec model 701). */
const STATE = { sleeping: 1, running: 3 } as const;

/** Creates a hybrid inverter whose last port is the battery. */
export function createHybrid(
  image: DeviceImage,
  cells: Readonly<Partial<Record<HybridPoint, Cell>>>,
  { inputsW, capacityWh }: HybridTraits,
  sun: Sun,
  battery: Battery,
): Hybrid {
  const ports = [
    ...inputsW.map((ratedW) => (simMs: number) => ratedW * sun.fraction(simMs)),
    (simMs: number) => battery.powerAt(simMs),
  ];
  const dcAt = (simMs: number): number =>
    ports.reduce((sum, port) => sum + port(simMs), 0);
  const acAt = (simMs: number): number => dcAt(simMs) * EFFICIENCY;

  /** An energy counter that starts at the value in the image. */
  function count(
    cell: Cell | undefined,
    powerAt: (simMs: number) => number,
  ): (simMs: number) => void {
    if (cell === undefined) return () => {};
    const startWh = peek(image, cell);
    const counter: EnergyCounter = createEnergyCounter((simMs) =>
      Math.max(0, powerAt(simMs))
    );
    return (simMs) => poke(image, cell, startWh + counter.advance(simMs));
  }

  const energies = [
    count(cells.TotWhInj, acAt),
    ...ports.flatMap((port, nth) => [
      count(cells[`Prt[${nth}].DCWhInj`], port),
      count(cells[`Prt[${nth}].DCWhAbs`], (simMs) => -port(simMs)),
    ]),
  ];

  function updateDc(simMs: number): void {
    const watts: [Cell | undefined, number][] = [];
    const amps: [Cell | undefined, number][] = [];
    ports.forEach((port, nth) => {
      const powerW = port(simMs);
      const isBattery = nth === inputsW.length;
      const volts = isBattery ? BATTERY_V : powerW > 0 ? INPUT_V - 3 * nth : 0;
      poke(image, cells[`Prt[${nth}].DCV`], volts);
      watts.push([cells[`Prt[${nth}].DCW`], powerW]);
      amps.push([cells[`Prt[${nth}].DCA`], volts > 0 ? powerW / volts : 0]);
    });
    poke(image, cells.DCW, pokeParts(image, watts));
    poke(image, cells.DCA, pokeParts(image, amps));
    poke(image, cells.SoC, battery.chargeAt(simMs));
    poke(image, cells.WHAvail, capacityWh * battery.chargeAt(simMs) / 100);
  }

  function updateAc(simMs: number): void {
    const { hz, volts, lineVolts } = gridAt(simMs);
    const acW = acAt(simMs);
    const [a, b, c] = volts;
    const va = Math.abs(acW) * Math.hypot(1, REACTIVE);
    const third = acW / 3;
    poke(
      image,
      cells.W,
      pokeParts(image, [[cells.WL1, third], [cells.WL2, third], [cells.WL3, third]]),
    );
    poke(
      image,
      cells.A,
      pokeParts(image, [
        [cells.AL1, va / 3 / a],
        [cells.AL2, va / 3 / b],
        [cells.AL3, va / 3 / c],
      ]),
    );
    poke(image, cells.VA, va);
    poke(image, cells.Var, acW * REACTIVE);
    poke(image, cells.PF, acW === 0 ? 0 : Math.sign(acW) / Math.hypot(1, REACTIVE));
    [cells.VL1, cells.VL2, cells.VL3].forEach((cell, phase) =>
      poke(image, cell, volts[phase] ?? 0)
    );
    [cells.VL1L2, cells.VL2L3, cells.VL3L1].forEach((cell, pair) =>
      poke(image, cell, lineVolts[pair] ?? 0)
    );
    poke(image, cells.LNV, total(volts) / 3);
    poke(image, cells.LLV, total(lineVolts) / 3);
    poke(image, cells.Hz, hz);
    poke(image, cells.InvSt, acW === 0 ? STATE.sleeping : STATE.running);
    poke(image, cells.TmpCab, 22 + Math.abs(acW) / 500);
    poke(image, cells.TmpSnk, 23 + Math.abs(acW) / 320);
  }

  return {
    powerAt: acAt,
    update(simMs) {
      updateDc(simMs);
      updateAc(simMs);
      for (const energy of energies) energy(simMs);
    },
  };
}
