/**
 * What inverters do that the sun alone does not explain: they sleep, they wake
 * with nonsense in their registers, they are swapped. Each changes an image in
 * place, in which a device goes on living. Pure.
 *
 * @module
 */

import { type Cell, peek, pokeRaw } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { sunPlacesOf } from "./register_map.ts";

/** Changes an image that begins with the marker. */
export type Mood = (image: DeviceImage, simMs: number) => void;

/** "Not implemented" in each form (SunSpec Information Model Specification, data types). */
const ABSENT: Readonly<Record<Cell["form"], readonly number[]>> = {
  u16: [0xffff],
  i16: [0x8000],
  f32: [0x7fc0, 0],
  u32: [0xffff, 0xffff],
  u64: [0xffff, 0xffff, 0xffff, 0xffff],
};
const SCALE_ABSENT = 0x8000;

/** By night: no measurement, the state SLEEPING, the energies kept. */
export function sleepMood(image: DeviceImage): void {
  const { flows, others, states } = sunPlacesOf(image);
  for (const { address, form } of [...flows, ...others]) {
    image.registers.set(ABSENT[form], address - image.base);
  }
  for (const { cell, sleeping } of states) pokeRaw(image, cell, sleeping);
}

/** Right after it woke: the energies read 0, no scale factor is there yet. */
export function wakeMood(image: DeviceImage): void {
  const { energies, scales } = sunPlacesOf(image);
  for (const cell of energies) pokeRaw(image, cell, 0);
  for (const { address } of scales) {
    image.registers[address - image.base] = SCALE_ABSENT;
  }
}

/** Powers and currents at this share of what they are; what is not there stays so. */
export function shareMood(image: DeviceImage, share: number): void {
  for (const cell of sunPlacesOf(image).flows) {
    const from = cell.address - image.base;
    if (ABSENT[cell.form].every((word, at) => image.registers[from + at] === word)) {
      continue;
    }
    const raw = peek(image, cell) * share;
    pokeRaw(image, cell, cell.form === "f32" ? raw : Math.round(raw));
  }
}

/** The energies are those of another device, which had counted `raw` when it came. */
export function createSwapMood(raw: number): Mood {
  let floors: readonly number[] | undefined;
  return (image) => {
    const { energies } = sunPlacesOf(image);
    floors ??= energies.map((cell) => peek(image, cell));
    energies.forEach((cell, nth) => {
      pokeRaw(image, cell, raw + peek(image, cell) - (floors?.[nth] ?? 0));
    });
  };
}
