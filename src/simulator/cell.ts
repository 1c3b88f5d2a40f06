/**
 * Cells: address and encoding of the numbers in an image that change. They are
 * written by hand beside each image. Pure.
 *
 * @module
 */

import type { DeviceImage } from "./device_image.ts";

/** Address and encoding of a number in an image. */
export interface Cell {
  /** Zero-based address of its first register. */
  readonly address: number;
  readonly form: "u16" | "i16" | "u32" | "u64" | "f32";
  /** The register holds `value / 10^exponent`, rounded; not for f32. */
  readonly exponent: number;
}

/** An unsigned number in one register. */
export function u16(address: number, exponent = 0): Cell {
  return { address, form: "u16", exponent };
}

/** A signed number in one register. */
export function i16(address: number, exponent = 0): Cell {
  return { address, form: "i16", exponent };
}

/** An unsigned number in two registers, the high one first. */
export function u32(address: number, exponent = 0): Cell {
  return { address, form: "u32", exponent };
}

/** An unsigned number in four registers, the highest first. */
export function u64(address: number, exponent = 0): Cell {
  return { address, form: "u64", exponent };
}

/** An IEEE 754 single in two registers, the high one first. */
export function f32(address: number): Cell {
  return { address, form: "f32", exponent: 0 };
}

/** The raw number of a value: the nearest multiple of `10^exponent` (f32: the value itself). */
export function rawOf(cell: Cell, value: number): number {
  return cell.form === "f32" ? value : Math.round(value / 10 ** cell.exponent);
}

/** Writes a raw number; counters wrap, 16-bit numbers are limited so that they never read as "not implemented". */
export function pokeRaw(image: DeviceImage, cell: Cell, raw: number): void {
  const bytes = new DataView(new ArrayBuffer(8));
  switch (cell.form) {
    case "u16":
      bytes.setUint16(0, Math.min(Math.max(raw, 0), 0xfffe));
      break;
    case "i16":
      bytes.setInt16(0, Math.min(Math.max(raw, -0x7fff), 0x7fff));
      break;
    case "u32":
      bytes.setUint32(0, raw % 2 ** 32);
      break;
    case "u64":
      bytes.setBigUint64(0, BigInt(raw));
      break;
    case "f32":
      bytes.setFloat32(0, raw + 0); // never -0
      break;
  }
  for (let at = 0; at < registersOf(cell); at++) {
    image.registers[cell.address - image.base + at] = bytes.getUint16(2 * at);
  }
}

/** Writes a value at the resolution of the cell; does nothing without a cell. */
export function poke(image: DeviceImage, cell: Cell | undefined, value: number): void {
  if (cell !== undefined) pokeRaw(image, cell, rawOf(cell, value));
}

/** Writes the values that have a cell and returns the sum of the written register values. */
export function pokeParts(
  image: DeviceImage,
  parts: readonly (readonly [Cell | undefined, number])[],
): number {
  let sum = 0;
  for (const [cell, value] of parts) {
    if (cell === undefined) continue;
    poke(image, cell, value);
    sum += cell.form === "f32"
      ? Math.fround(value)
      : rawOf(cell, value) * 10 ** cell.exponent;
  }
  return sum;
}

/** The current value of a cell. */
export function peek(image: DeviceImage, cell: Cell): number {
  const bytes = new DataView(new ArrayBuffer(8));
  for (let at = 0; at < registersOf(cell); at++) {
    bytes.setUint16(2 * at, image.registers[cell.address - image.base + at] ?? 0);
  }
  // Division keeps tenths exact, multiplication does not: 1785 / 10, not 1785 * 0.1.
  const scaled = (raw: number): number =>
    cell.exponent < 0 ? raw / 10 ** -cell.exponent : raw * 10 ** cell.exponent;
  switch (cell.form) {
    case "u16":
      return scaled(bytes.getUint16(0));
    case "i16":
      return scaled(bytes.getInt16(0));
    case "u32":
      return scaled(bytes.getUint32(0));
    case "u64":
      return scaled(Number(bytes.getBigUint64(0)));
    case "f32":
      return bytes.getFloat32(0);
  }
}

function registersOf(cell: Cell): number {
  return { u16: 1, i16: 1, u32: 2, u64: 4, f32: 2 }[cell.form];
}
