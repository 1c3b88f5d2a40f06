/**
 * A simulated meter (models 203 and 204). Signs follow SunSpec: positive power flows
 * from the grid to the site (import). The registers are consistent: a total is the
 * exact sum of the phases if the meter has phases. Pure.
 *
 * @module
 */

import { type Cell, peek, poke, rawOf } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import {
  type ByPhase,
  byPhase,
  createEnergyCounter,
  type EnergyCounter,
  gridAt,
  total,
} from "../plant/grid.ts";

type Phases<Name extends string> = Name | `${Name}${"A" | "B" | "C"}`;

/** Changing points of a meter, as named in models 203 and 204. */
export type MeterPoint =
  | ("A" | Phases<"Aph"> | "PhV" | Phases<"PhVph"> | "PPV" | "Hz")
  | ("PhVphAB" | "PhVphBC" | "PhVphCA")
  | ("W" | Phases<"Wph"> | "VA" | Phases<"VAph"> | "VAR" | Phases<"VARph">)
  | ("PF" | Phases<"PFph">)
  | ("TotWhExp" | Phases<"TotWhExpPh"> | "TotWhImp" | Phases<"TotWhImpPh">);

/** Power through a meter. */
export interface MeterFlow {
  /** Active power by phase, in W; positive = import. */
  watts(simMs: number): ByPhase;
  /** Reactive power by phase, in var. */
  vars(simMs: number): ByPhase;
}

/** A simulated meter. */
export interface Meter {
  /** Writes the values of a simulated time into the image. */
  update(simMs: number): void;
}

type Cells = Readonly<Partial<Record<MeterPoint, Cell>>>;

/** Creates a meter that writes to `image`. */
export function createMeter(image: DeviceImage, cells: Cells, flow: MeterFlow): Meter {
  const { TotWhImp, TotWhImpPhA, TotWhImpPhB, TotWhImpPhC } = cells;
  const { TotWhExp, TotWhExpPhA, TotWhExpPhB, TotWhExpPhC } = cells;
  const imported = [TotWhImp, TotWhImpPhA, TotWhImpPhB, TotWhImpPhC];
  const exported = [TotWhExp, TotWhExpPhA, TotWhExpPhB, TotWhExpPhC];
  const outward = (simMs: number): ByPhase =>
    byPhase((phase) => -flow.watts(simMs)[phase]);
  const energies = [
    createEnergyRegisters(image, imported, (simMs) => flow.watts(simMs)),
    createEnergyRegisters(image, exported, outward),
  ];

  /** Writes the phases and their total: the sum of the written registers, or of the values if there are none. */
  function pokeWithTotal(
    [whole, ...phases]: readonly (Cell | undefined)[],
    values: ByPhase,
  ): void {
    let sum = 0;
    let hasPhases = false;
    phases.forEach((cell, phase) => {
      if (cell === undefined) return;
      const value = values[phase] ?? 0;
      poke(image, cell, value);
      sum += rawOf(cell, value) * 10 ** cell.exponent;
      hasPhases = true;
    });
    poke(image, whole, hasPhases ? sum : total(values));
  }

  return {
    update(simMs) {
      const grid = gridAt(simMs);
      const watts = flow.watts(simMs);
      const vars = flow.vars(simMs);
      const va = byPhase((phase) => Math.hypot(watts[phase], vars[phase]));
      const wholeVa = Math.hypot(total(watts), total(vars));
      // A delta meter has no phase values: the total current is spread evenly.
      const delta = cells.PhVphA === undefined;
      const amps = byPhase((phase) =>
        delta ? wholeVa / 3 / grid.volts[phase] : va[phase] / grid.volts[phase]
      );
      const pf = (w: number, apparent: number): number =>
        apparent > 0 ? 100 * w / apparent : 0;
      pokeWithTotal([cells.A, cells.AphA, cells.AphB, cells.AphC], amps);
      pokeWithTotal([cells.W, cells.WphA, cells.WphB, cells.WphC], watts);
      pokeWithTotal([cells.VAR, cells.VARphA, cells.VARphB, cells.VARphC], vars);
      [cells.VAphA, cells.VAphB, cells.VAphC].forEach((cell, phase) =>
        poke(image, cell, va[phase] ?? 0)
      );
      poke(image, cells.VA, wholeVa);
      [cells.PFphA, cells.PFphB, cells.PFphC].forEach((cell, phase) =>
        poke(image, cell, pf(watts[phase] ?? 0, va[phase] ?? 0))
      );
      poke(image, cells.PF, pf(total(watts), wholeVa));
      [cells.PhVphA, cells.PhVphB, cells.PhVphC].forEach((cell, phase) =>
        poke(image, cell, grid.volts[phase] ?? 0)
      );
      poke(image, cells.PhV, total(grid.volts) / 3);
      [cells.PhVphAB, cells.PhVphBC, cells.PhVphCA].forEach((cell, pair) =>
        poke(image, cell, grid.lineVolts[pair] ?? 0)
      );
      poke(image, cells.PPV, total(grid.lineVolts) / 3);
      poke(image, cells.Hz, grid.hz);
      for (const energy of energies) energy.update(simMs);
    },
  };
}

/** Energy counters of one direction: by phase with their sum, or only the total. */
function createEnergyRegisters(
  image: DeviceImage,
  [whole, ...phases]: readonly (Cell | undefined)[],
  wattsAt: (simMs: number) => ByPhase,
): { update(simMs: number): void } {
  const counted: { cell: Cell; startWh: number; counter: EnergyCounter }[] = [];
  const count = (cell: Cell, powerAt: (simMs: number) => number): void => {
    const counter = createEnergyCounter((simMs) => Math.max(0, powerAt(simMs)));
    counted.push({ cell, startWh: peek(image, cell), counter });
  };
  phases.forEach((cell, phase) => {
    if (cell !== undefined) count(cell, (simMs) => wattsAt(simMs)[phase] ?? 0);
  });
  const byPhases = counted.length > 0;
  if (!byPhases && whole !== undefined) count(whole, (simMs) => total(wattsAt(simMs)));
  return {
    update(simMs) {
      let sum = 0;
      for (const { cell, startWh, counter } of counted) {
        const value = startWh + counter.advance(simMs);
        poke(image, cell, value);
        sum += rawOf(cell, value) * 10 ** cell.exponent;
      }
      if (byPhases) poke(image, whole, sum);
    },
  };
}
