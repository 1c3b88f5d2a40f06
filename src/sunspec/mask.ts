/**
 * Masks private texts and numbers of a device wherever they occur in its registers
 * and leaves all other registers unchanged. Pure.
 *
 * @module
 */

import type { PrivatePoint } from "./private_points.ts";

/** Consecutive registers that start at address `base`; null = could not be read. */
export interface RegisterBlock {
  readonly base: number;
  readonly registers: readonly (number | null)[];
}

/** Registers after masking. */
export interface MaskedRegisters {
  readonly registers: readonly (number | null)[];
  /** Names of the points that were masked. */
  readonly points: readonly string[];
  /** Number of copies found in other registers, such as those of vendor models. */
  readonly copies: number;
  /** Masks the same texts in a text about the device. */
  readonly maskText: (text: string) => string;
}

/** Minimum length of a text whose copies are masked; a shorter one may match by accident. */
export const COPY_LENGTH_MIN = 5;
/** Minimum number of digits of a serial whose copies in binary form are masked. */
const NUMBER_DIGITS_MIN = 6;

const LETTER_X = 0x58;

/** Masks these points and every copy of their texts. */
export function maskRegisters(
  { base, registers }: RegisterBlock,
  points: readonly PrivatePoint[],
): MaskedRegisters {
  const bytes = toBytes(registers);
  const texts = new Set<string>();
  const masked: string[] = [];
  for (const { name, address, size, type } of points) {
    const from = 2 * (address - base);
    const to = from + 2 * size;
    if (from < 0 || to > bytes.length) continue;
    const before = bytes.slice(from, to);
    if (type === "string") {
      for (const text of textsOf(before)) texts.add(text);
      maskBytes(bytes, from, to);
    } else bytes.fill(0, from, to);
    if (before.some((byte, at) => byte !== bytes[from + at])) masked.push(name);
  }
  const longest = [...texts].sort((a, b) => b.length - a.length);
  let copies = 0;
  for (const text of longest) {
    if (text.length >= COPY_LENGTH_MIN) copies += maskCopies(bytes, text);
  }
  return {
    registers: registers.map((register, at) =>
      register === null ? null : (bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)
    ),
    points: masked,
    copies,
    maskText: (words) =>
      longest.reduce((line, text) => line.replaceAll(text, maskedText(text)), words),
  };
}

/** The registers as big-endian bytes; one that could not be read becomes 0. */
function toBytes(registers: readonly (number | null)[]): Uint8Array {
  const bytes = new Uint8Array(2 * registers.length);
  for (const [at, register] of registers.entries()) {
    bytes[2 * at] = (register ?? 0) >> 8;
    bytes[2 * at + 1] = (register ?? 0) & 0xff;
  }
  return bytes;
}

/** The text, and the text with the bytes of each register swapped. */
function textsOf(bytes: Uint8Array): string[] {
  return [bytes, swapped(bytes)].map((each) => {
    const end = each.indexOf(0);
    const text = new TextDecoder("latin1").decode(
      end < 0 ? each : each.subarray(0, end),
    );
    return text.trim();
  }).filter((text) => text !== "");
}

/** Replaces every byte by an X, except blanks, control characters and 0xFF padding. */
function maskBytes(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x20 && byte !== 0xff) bytes[at] = LETTER_X;
  }
}

function maskedText(text: string): string {
  return text.replaceAll(/\S/g, "X");
}

/** Masks all copies of a text and of its number, if it is one; returns their count. */
function maskCopies(bytes: Uint8Array, text: string): number {
  const pattern = Uint8Array.from(text, (character) => character.charCodeAt(0));
  let copies = 0;
  for (const at of occurrences(bytes, pattern)) {
    maskBytes(bytes, at, at + pattern.length);
    copies++;
  }
  const value = /^\d+$/.test(text) && text.length >= NUMBER_DIGITS_MIN
    ? Number(text)
    : Infinity;
  if (value > 0xffff_ffff) return copies;
  const high = [value >>> 24, (value >>> 16) & 0xff];
  const low = [(value >>> 8) & 0xff, value & 0xff];
  for (const number of [[...high, ...low], [...low, ...high]]) {
    for (const at of occurrences(bytes, Uint8Array.from(number))) {
      if (at % 2 === 1) continue; // A number starts at a register.
      bytes.fill(0, at, at + number.length);
      copies++;
    }
  }
  return copies;
}

function occurrences(bytes: Uint8Array, pattern: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at + pattern.length <= bytes.length; at++) {
    if (pattern.every((byte, nth) => bytes[at + nth] === byte)) found.push(at);
  }
  return found;
}

function swapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, at) => bytes[at ^ 1] ?? 0);
}
