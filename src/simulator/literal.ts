/**
 * Device images written by hand as registers in hex, with notes on their meaning. They
 * do not depend on the model definitions, so that they are an independent test of the
 * decoder. Pure.
 *
 * @module
 */

import type { Cell } from "./cell.ts";
import type { DeviceImage } from "./device_image.ts";

/** A device image written by hand. */
export interface ImageLiteral<Point extends string> {
  /** Zero-based address of the first register of `text`. */
  readonly base: number;
  /**
   * One register is four hex digits; `0000*12` is twelve equal ones; a note begins
   * with `#` and ends with the line.
   */
  readonly text: string;
  /** Address of the first of two registers with the last four characters of the serial number. */
  readonly serialTail: number;
  /** Address of the register with the unit id (DA). */
  readonly unitIdAt: number;
  /** Cells of the points that change, by their SunSpec names. */
  readonly cells: Readonly<Partial<Record<Point, Cell>>>;
}

const WORD = /^([0-9A-F]{4})(?:\*(\d{1,3}))?$/;

/**
 * Parses the registers of a literal.
 *
 * @throws a `SyntaxError` with the first word that is not a register.
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
      if (match === null) {
        throw new SyntaxError(
          `"${word}" is not a register: expected four hex digits, optionally "*COUNT"`,
        );
      }
      const [, digits = "", times = "1"] = match;
      for (let time = 0; time < Number(times); time++) {
        registers.push(parseInt(digits, 16));
      }
    }
  }
  return Uint16Array.from(registers);
}

/** A new image of a literal, exactly as written. */
export function createImageOf(literal: ImageLiteral<string>): DeviceImage {
  return { base: literal.base, registers: parseRegisters(literal.text) };
}

/** Writes an even number of ASCII characters, starting at register `at`. */
export function writeText(registers: Uint16Array, at: number, text: string): void {
  for (let nth = 0; 2 * nth < text.length; nth++) {
    registers[at + nth] = text.charCodeAt(2 * nth) << 8 | text.charCodeAt(2 * nth + 1);
  }
}
