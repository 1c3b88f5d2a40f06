/**
 * A simulated string combiner (model 404). The registers are consistent: DCA, DCW and
 * DCWh are the sums of the inputs. Pure.
 *
 * @module
 */

import { type Cell, peek, poke, pokeParts } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { createEnergyCounter } from "../plant/grid.ts";
import type { Sun } from "../plant/sun.ts";

/** Changing points of a combiner. */
export type CombinerPoint =
  | ("DCA" | "DCV" | "DCW" | "DCWh" | "Tmp")
  | `string[${number}].${"InDCA" | "InDCV" | "InDCW" | "InDCWh"}`;

/** A simulated combiner. */
export interface Combiner {
  /** Writes the values of a simulated time into the image. */
  update(simMs: number): void;
}

/** Voltage of a string under load, in V. */
const STRING_V = 612.5;

/** Creates a combiner of `inputs` inputs with a rated power of `ratedW` each. */
export function createCombiner(
  image: DeviceImage,
  cells: Readonly<Partial<Record<CombinerPoint, Cell>>>,
  { inputs, ratedW }: { readonly inputs: number; readonly ratedW: number },
  sun: Sun,
): Combiner {
  const strings = Array.from({ length: inputs }, (_, nth) => {
    const powerAt = (simMs: number): number =>
      (1 - 0.01 * nth) * ratedW * sun.fraction(simMs);
    const energyCell = cells[`string[${nth}].InDCWh`];
    return {
      powerAt,
      energyCell,
      startWh: energyCell === undefined ? 0 : peek(image, energyCell),
      counter: createEnergyCounter(powerAt),
    };
  });
  return {
    update(simMs) {
      const lit = sun.fraction(simMs) > 0;
      const volts = lit ? STRING_V : 0;
      strings.forEach((_, nth) => poke(image, cells[`string[${nth}].InDCV`], volts));
      const powers = strings.map(({ powerAt }) => powerAt(simMs));
      const watts = powers.map((powerW, nth) =>
        [cells[`string[${nth}].InDCW`], powerW] as const
      );
      const amps = powers.map((powerW, nth) =>
        [cells[`string[${nth}].InDCA`], powerW / STRING_V] as const
      );
      const energies = strings.map(({ energyCell, startWh, counter }) =>
        [energyCell, startWh + counter.advance(simMs)] as const
      );
      poke(image, cells.DCW, pokeParts(image, watts));
      poke(image, cells.DCA, pokeParts(image, amps));
      poke(image, cells.DCWh, pokeParts(image, energies));
      poke(image, cells.DCV, volts);
      poke(image, cells.Tmp, 15 + 30 * sun.fraction(simMs));
    },
  };
}
