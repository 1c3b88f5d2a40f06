/**
 * Device images written down as registers in hex, with a note of what each
 * is. Nothing here knows a model definition: an image is what its author says
 * that it is, so that a decoder can be held against it.
 *
 * @module
 */

import type { Cell } from "./cell.ts";
import type { DeviceImage } from "./device_image.ts";

/** A device as written down. */
export interface ImageLiteral<Point extends string> {
  /** Zero-based address of the first register of `text`. */
  readonly base: number;
  /**
   * One register is four hex digits; `0000*12` is twelve alike; a note begins
   * with `#` and goes to the end of the line.
   */
  readonly text: string;
  /** Address of the first of the two registers that hold the last four characters of the serial number. */
  readonly serialTail: number;
  /** Address of the register that holds the unit id (DA). */
  readonly unitIdAt: number;
  /** The points that live, by their SunSpec names. */
  readonly cells: Readonly<Partial<Record<Point, Cell>>>;
}

const WORD = /^([0-9A-F]{4})(?:\*(\d{1,3}))?$/;

/**
 * The registers of a literal.
 *
 * @throws a `SyntaxError` that names the first word that is none.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { parseRegisters } from "./literal.ts";
 *
 * deepStrictEqual(
 *   parseRegisters("5375 6E53 # SunS\n 0000*2"),
 *   Uint16Array.of(0x5375, 0x6e53, 0, 0),
 * );
 * ```
 */
export function parseRegisters(text: string): Uint16Array {
  const registers: number[] = [];
  for (const line of text.split("\n")) {
    const [code = ""] = line.split("#");
    for (const word of code.split(/\s+/)) {
      if (word === "") continue;
      const match = WORD.exec(word);
      if (match === null) throw new SyntaxError(`"${word}" is no register`);
      const [, digits = "", times = "1"] = match;
      for (let time = 0; time < Number(times); time++) {
        registers.push(parseInt(digits, 16));
      }
    }
  }
  return Uint16Array.from(registers);
}

/** A fresh image of a literal, exactly as written down. */
export function createImageOf(literal: ImageLiteral<string>): DeviceImage {
  return { base: literal.base, registers: parseRegisters(literal.text) };
}

/** Writes an even number of ASCII characters from register `at` on. */
export function writeText(registers: Uint16Array, at: number, text: string): void {
  for (let nth = 0; 2 * nth < text.length; nth++) {
    registers[at + nth] = text.charCodeAt(2 * nth) << 8 | text.charCodeAt(2 * nth + 1);
  }
}
