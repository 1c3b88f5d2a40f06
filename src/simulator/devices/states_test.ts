import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Cell } from "../cell.ts";
import { peek } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { FLOAT_THREE_PHASE } from "../images/float_three_phase.ts";
import { SINGLE_PHASE } from "../images/single_phase.ts";
import { THREE_PHASE } from "../images/three_phase.ts";
import { WYE_METER } from "../images/wye_meter.ts";
import { createImageOf } from "../literal.ts";
import { createSwapMood, shareMood, sleepMood, wakeMood } from "./states.ts";
import { sunPlacesOf } from "./register_map.ts";

const INVERTERS = { THREE_PHASE, FLOAT_THREE_PHASE, SINGLE_PHASE } as const;
const ENERGY = /^WH$|DCWH$/;
const FLOW = /^(A|Aph[ABC]|W|VA|VAr|DCA|DCW)$|\.DC[AW]$/;
const STATE = /St$/;
/** Of models without a table: they go on by night. */
const UNTOUCHED = /^ActWh$/;

for (const [name, { cells }] of Object.entries(INVERTERS)) {
  const literal = INVERTERS[name as keyof typeof INVERTERS];
  const living = Object.entries(cells).filter((entry): entry is [string, Cell] =>
    !UNTOUCHED.test(entry[0])
  );

  Deno.test(`${name}: the table of places knows the cells that are written down`, () => {
    const { flows, others, energies, states } = sunPlacesOf(createImageOf(literal));
    const known = new Map(
      [...flows, ...others, ...energies, ...states.map(({ cell }) => cell)].map((
        cell,
      ) => [
        cell.address,
        cell.form,
      ]),
    );
    for (const [path, { address, form }] of living) {
      strictEqual(known.get(address), form, path);
    }
  });

  Deno.test(`${name}: asleep it measures nothing, says so, and keeps its energies`, () => {
    const image = createImageOf(literal);
    const before = valuesOf(image, living);
    sleepMood(image);
    for (const [path, cell] of living) {
      if (ENERGY.test(path)) strictEqual(peek(image, cell), before.get(path), path);
      else if (STATE.test(path)) strictEqual(peek(image, cell), 2, path);
      else ok(isAbsent(image, cell), path);
    }
  });

  Deno.test(`${name}: just awake its energies are 0, and no scale factor is there`, () => {
    const image = createImageOf(literal);
    wakeMood(image);
    for (const [path, cell] of living) {
      if (ENERGY.test(path)) strictEqual(peek(image, cell), 0, path);
    }
    for (const { address } of sunPlacesOf(image).scales) {
      strictEqual(image.registers[address - image.base], 0x8000);
    }
  });

  Deno.test(`${name}: a share of its power is a share of each flow, and of nothing else`, () => {
    const image = createImageOf(literal);
    const before = valuesOf(image, living);
    shareMood(image, 0.5);
    for (const [path, cell] of living) {
      const was = before.get(path) ?? NaN;
      const resolution = cell.form === "f32"
        ? Math.abs(was) * 1e-6
        : 10 ** cell.exponent;
      const wanted = FLOW.test(path) ? was / 2 : was;
      ok(Math.abs(peek(image, cell) - wanted) <= resolution, path);
    }
  });
}

Deno.test("a swapped device counts on from its own number", () => {
  const image = createImageOf(THREE_PHASE);
  const { WH } = THREE_PHASE.cells;
  ok(WH);
  const swap = createSwapMood(4_200);
  swap(image, 0);
  strictEqual(peek(image, WH), 4_200);
  const later = createImageOf(THREE_PHASE);
  later.registers[40_095 - later.base] = (later.registers[40_095 - later.base] ?? 0) +
    17;
  swap(later, 1);
  strictEqual(peek(later, WH), 4_217);
});

Deno.test("a meter has nothing that follows the sun", () => {
  const image = createImageOf(WYE_METER);
  const before = image.registers.slice();
  sleepMood(image);
  wakeMood(image);
  shareMood(image, 0);
  deepStrictEqual(image.registers, before);
});

function valuesOf(
  image: DeviceImage,
  cells: readonly (readonly [string, Cell])[],
): ReadonlyMap<string, number> {
  return new Map(cells.map(([path, cell]) => [path, peek(image, cell)]));
}

function isAbsent(image: DeviceImage, { address, form }: Cell): boolean {
  const first = image.registers[address - image.base] ?? 0;
  return first ===
    { u16: 0xffff, i16: 0x8000, u32: 0xffff, u64: 0xffff, f32: 0x7fc0 }[form];
}
