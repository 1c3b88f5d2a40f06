/**
 * States of real inverters that do not follow from the sun: sleep, invalid registers
 * after waking up, replacement by another device. Each changes an image in place. Pure.
 *
 * @module
 */

import { type Cell, peek, pokeRaw } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { sunRegistersOf } from "./register_map.ts";

/** Applies a state to an image that begins with the marker. */
export type SimulatedState = (image: DeviceImage, simMs: number) => void;

/** "Not implemented" by encoding (SunSpec Information Model Specification, data types). */
const ABSENT: Readonly<Record<Cell["form"], readonly number[]>> = {
  u16: [0xffff],
  i16: [0x8000],
  f32: [0x7fc0, 0],
  u32: [0xffff, 0xffff],
  u64: [0xffff, 0xffff, 0xffff, 0xffff],
};
const SCALE_ABSENT = 0x8000;

/** At night: measurements not implemented, operating state SLEEPING, energies unchanged. */
export function applySleep(image: DeviceImage): void {
  const { flows, others, states } = sunRegistersOf(image);
  for (const { address, form } of [...flows, ...others]) {
    image.registers.set(ABSENT[form], address - image.base);
  }
  for (const { cell, sleeping } of states) pokeRaw(image, cell, sleeping);
}

/** Right after waking up: energies are 0, scale factors not implemented. */
export function applyWakeUp(image: DeviceImage): void {
  const { energies, scales } = sunRegistersOf(image);
  for (const cell of energies) pokeRaw(image, cell, 0);
  for (const { address } of scales) {
    image.registers[address - image.base] = SCALE_ABSENT;
  }
}

/** Powers and currents multiplied by `share`; values that are not implemented stay so. */
export function applyPowerShare(image: DeviceImage, share: number): void {
  for (const cell of sunRegistersOf(image).flows) {
    const from = cell.address - image.base;
    if (ABSENT[cell.form].every((word, at) => image.registers[from + at] === word)) {
      continue;
    }
    const raw = peek(image, cell) * share;
    pokeRaw(image, cell, cell.form === "f32" ? raw : Math.round(raw));
  }
}

/** Energies of a replacement device whose counters start at `raw`. */
export function createSwappedCounters(raw: number): SimulatedState {
  let floors: readonly number[] | undefined;
  return (image) => {
    const { energies } = sunRegistersOf(image);
    floors ??= energies.map((cell) => peek(image, cell));
    energies.forEach((cell, nth) => {
      pokeRaw(image, cell, raw + peek(image, cell) - (floors?.[nth] ?? 0));
    });
  };
}
