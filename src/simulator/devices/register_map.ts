/**
 * Register map of the inverter models: offsets of the points that change with the sun,
 * counted from the register with the model id, copied by hand from the SunSpec model
 * tables. It is used to change a device of which only the registers are known. Pure.
 *
 * @module
 */

import type { Cell } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { type PlacedModel, walkModels } from "../walk.ts";

/** Cells of an image that change with the sun, each at raw resolution. */
export interface SunRegisters {
  /** Powers and currents, which follow the sun. */
  readonly flows: readonly Cell[];
  /** Other measurements: voltages, power factors, temperatures. */
  readonly others: readonly Cell[];
  /** Lifetime energy counters. */
  readonly energies: readonly Cell[];
  readonly scales: readonly Cell[];
  /** Operating states, and their value for SLEEPING. */
  readonly states: readonly { readonly cell: Cell; readonly sleeping: number }[];
}

/** Offsets from the register with the model id, by encoding. */
type Offsets = Readonly<Partial<Record<Cell["form"], readonly number[]>>>;

interface Table {
  readonly flows: Offsets;
  readonly others: Offsets;
  readonly energies: Offsets;
  readonly scales: readonly number[];
  readonly states: readonly (readonly [at: number, sleeping: number])[];
}

/** Models 101-103: A..AphC, W, VA, VAr, DCA, DCW; PPV, PhV, Hz, PF, DCV, Tmp; WH; St. */
const INTEGERS: Table = {
  flows: { u16: [2, 3, 4, 5, 27], i16: [14, 18, 20, 31] },
  others: { u16: [7, 8, 9, 10, 11, 12, 16, 29], i16: [22, 33, 34, 35, 36] },
  energies: { u32: [24] },
  scales: [6, 13, 15, 17, 19, 21, 23, 26, 28, 30, 32, 37],
  states: [[38, 2]],
};

/** Models 111-113: the same points as IEEE 754 singles. */
const FLOATS: Table = {
  flows: { f32: [2, 4, 6, 8, 22, 26, 28, 34, 38] },
  others: { f32: [10, 12, 14, 16, 18, 20, 24, 30, 36, 40, 42, 44, 46] },
  energies: { f32: [32] },
  scales: [],
  states: [[48, 2]],
};

/** Model 701, total and by phase: W, VA, Var, A; PF, voltages, Tmp; TotWhInj; InvSt. */
const DER_AC: Table = {
  flows: { i16: [10, 11, 12, 14, 41, 42, 43, 45, 64, 65, 66, 68, 87, 88, 89, 91] },
  others: {
    u16: [15, 16, 46, 47, 69, 70, 92, 93],
    i16: [13, 35, 36, 37, 38, 39, 40, 44, 67, 90],
  },
  energies: { u64: [19, 48, 71, 94] },
  scales: [113, 114, 115, 116, 117, 118, 119, 120, 121, 122],
  states: [[4, 1]],
};

/** Model 160 without its modules. */
const INPUTS: Table = {
  flows: {},
  others: {},
  energies: {},
  scales: [2, 3, 4, 5],
  states: [],
};

/** A module of model 160: DCA, DCW; DCV, Tmp; DCWH; DCSt. */
const INPUT: Table = {
  flows: { u16: [9, 11] },
  others: { u16: [10], i16: [16] },
  energies: { u32: [12] },
  scales: [],
  states: [[17, 2]],
};
const INPUTS_FIXED = 10;
const INPUT_SIZE = 20;

const TABLES: ReadonlyMap<number, Table> = new Map([
  ...[101, 102, 103].map((id): [number, Table] => [id, INTEGERS]),
  ...[111, 112, 113].map((id): [number, Table] => [id, FLOATS]),
  [160, INPUTS],
  [701, DER_AC],
]);

/** Finds the cells of an image that begins with the marker; none if it is not an inverter. */
export function sunRegistersOf({ base, registers }: DeviceImage): SunRegisters {
  const parts = walkModels(registers).flatMap(partsOf);
  const cellAt = (at: number, form: Cell["form"]): Cell => ({
    address: base + at,
    form,
    exponent: 0,
  });
  const cells = (kind: "flows" | "others" | "energies"): Cell[] =>
    parts.flatMap(({ at, table }) =>
      FORMS.flatMap((form) =>
        (table[kind][form] ?? []).map((offset) => cellAt(at + offset, form))
      )
    );
  return {
    flows: cells("flows"),
    others: cells("others"),
    energies: cells("energies"),
    scales: parts.flatMap(({ at, table }) =>
      table.scales.map((offset) => cellAt(at + offset, "u16"))
    ),
    states: parts.flatMap(({ at, table }) =>
      table.states.map(([offset, sleeping]) => ({
        cell: cellAt(at + offset, "u16"),
        sleeping,
      }))
    ),
  };
}

const FORMS = ["u16", "i16", "u32", "u64", "f32"] as const;

/** A model or module in an image, and its table. */
interface Part {
  readonly at: number;
  readonly table: Table;
}

function partsOf({ id, at, length }: PlacedModel): Part[] {
  const table = TABLES.get(id);
  if (table === undefined) return [];
  const parts: Part[] = [{ at, table }];
  if (table !== INPUTS) return parts;
  const end = at + 2 + length;
  for (let input = at + INPUTS_FIXED; input + INPUT_SIZE <= end; input += INPUT_SIZE) {
    parts.push({ at: input, table: INPUT });
  }
  return parts;
}
