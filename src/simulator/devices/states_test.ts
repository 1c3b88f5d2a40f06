import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Cell } from "../cell.ts";
import { peek } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { FLOAT_THREE_PHASE_IMAGE } from "../images/float_three_phase.ts";
import { SINGLE_PHASE_IMAGE } from "../images/single_phase.ts";
import { THREE_PHASE_IMAGE } from "../images/three_phase.ts";
import { WYE_METER_IMAGE } from "../images/wye_meter.ts";
import { createImageOf } from "../literal.ts";
import {
  applyPowerShare,
  applySleep,
  applyWakeUp,
  createSwappedCounters,
} from "./states.ts";
import { sunRegistersOf } from "./register_map.ts";

const INVERTERS = {
  THREE_PHASE: THREE_PHASE_IMAGE,
  FLOAT_THREE_PHASE: FLOAT_THREE_PHASE_IMAGE,
  SINGLE_PHASE: SINGLE_PHASE_IMAGE,
} as const;
const ENERGY = /^WH$|DCWH$/;
const FLOW = /^(A|Aph[ABC]|W|VA|VAr|DCA|DCW)$|\.DC[AW]$/;
const STATE = /St$/;
/** Points of models without a table: they do not change at night. */
const UNTOUCHED = /^ActWh$/;

for (const [name, { cells }] of Object.entries(INVERTERS)) {
  const literal = INVERTERS[name as keyof typeof INVERTERS];
  const living = Object.entries(cells).filter((entry): entry is [string, Cell] =>
    !UNTOUCHED.test(entry[0])
  );

  Deno.test(`${name}: sunRegistersOf() finds the cells of the literal`, () => {
    const { flows, others, energies, states } = sunRegistersOf(createImageOf(literal));
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

  Deno.test(`${name}: applySleep() clears measurements, sets SLEEPING and keeps the energies`, () => {
    const image = createImageOf(literal);
    const before = valuesOf(image, living);
    applySleep(image);
    for (const [path, cell] of living) {
      if (ENERGY.test(path)) strictEqual(peek(image, cell), before.get(path), path);
      else if (STATE.test(path)) strictEqual(peek(image, cell), 2, path);
      else ok(isAbsent(image, cell), path);
    }
  });

  Deno.test(`${name}: applyWakeUp() sets energies to 0 and scale factors to not implemented`, () => {
    const image = createImageOf(literal);
    applyWakeUp(image);
    for (const [path, cell] of living) {
      if (ENERGY.test(path)) strictEqual(peek(image, cell), 0, path);
    }
    for (const { address } of sunRegistersOf(image).scales) {
      strictEqual(image.registers[address - image.base], 0x8000);
    }
  });

  Deno.test(`${name}: applyPowerShare() multiplies powers and currents only`, () => {
    const image = createImageOf(literal);
    const before = valuesOf(image, living);
    applyPowerShare(image, 0.5);
    for (const [path, cell] of living) {
      const was = before.get(path) ?? NaN;
      const resolution = cell.form === "f32"
        ? Math.abs(was) * 1e-6
        : 10 ** cell.exponent;
      const expected = FLOW.test(path) ? was / 2 : was;
      ok(Math.abs(peek(image, cell) - expected) <= resolution, path);
    }
  });
}

Deno.test("createSwappedCounters() counts on from the given value", () => {
  const image = createImageOf(THREE_PHASE_IMAGE);
  const { WH } = THREE_PHASE_IMAGE.cells;
  ok(WH);
  const swap = createSwappedCounters(4_200);
  swap(image, 0);
  strictEqual(peek(image, WH), 4_200);
  const later = createImageOf(THREE_PHASE_IMAGE);
  later.registers[40_095 - later.base] = (later.registers[40_095 - later.base] ?? 0) +
    17;
  swap(later, 1);
  strictEqual(peek(later, WH), 4_217);
});

Deno.test("states do not change a meter", () => {
  const image = createImageOf(WYE_METER_IMAGE);
  const before = image.registers.slice();
  applySleep(image);
  applyWakeUp(image);
  applyPowerShare(image, 0);
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
