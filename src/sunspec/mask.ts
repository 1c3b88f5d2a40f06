/**
 * Makes private texts and numbers of a device unreadable, wherever they stand
 * in its registers, and leaves everything else as it was. Pure.
 *
 * @module
 */

import type { PrivatePoint } from "./private_points.ts";

/** Registers from `base` on; null = could not be read. */
export interface Registers {
  readonly base: number;
  readonly registers: readonly (number | null)[];
}

/** Registers without what was private. */
export interface Masked {
  readonly registers: readonly (number | null)[];
  /** The points that were masked, by name. */
  readonly points: readonly string[];
  /** How many copies of their texts were found elsewhere, as in models of the vendor. */
  readonly copies: number;
  /** Masks the same texts in words about the device. */
  readonly words: (text: string) => string;
}

/** A shorter text is masked where it belongs alone: elsewhere it may be anything. */
export const COPY_LENGTH_MIN = 5;
/** The same for a serial that is a number, which may stand elsewhere as one. */
const NUMBER_DIGITS_MIN = 6;

const LETTER_X = 0x58;

/** Masks these points, and every copy of what they said. */
export function maskRegisters(
  { base, registers }: Registers,
  points: readonly PrivatePoint[],
): Masked {
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
      maskText(bytes, from, to);
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
    words: (words) =>
      longest.reduce((line, text) => line.replaceAll(text, maskedText(text)), words),
  };
}

/** Big-endian; what could not be read holds nothing that could be found. */
function toBytes(registers: readonly (number | null)[]): Uint8Array {
  const bytes = new Uint8Array(2 * registers.length);
  for (const [at, register] of registers.entries()) {
    bytes[2 * at] = (register ?? 0) >> 8;
    bytes[2 * at + 1] = (register ?? 0) & 0xff;
  }
  return bytes;
}

/** The text as it is, and by the bytes of each register exchanged. */
function textsOf(bytes: Uint8Array): string[] {
  return [bytes, swapped(bytes)].map((each) => {
    const end = each.indexOf(0);
    const text = new TextDecoder("latin1").decode(
      end < 0 ? each : each.subarray(0, end),
    );
    return text.trim();
  }).filter((text) => text !== "");
}

/** Every byte but blanks and what fills a point up becomes an X. */
function maskText(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x20 && byte !== 0xff) bytes[at] = LETTER_X;
  }
}

function maskedText(text: string): string {
  return text.replaceAll(/\S/g, "X");
}

/** Masks a text, and its number if it is one, wherever it stands; returns how often it did. */
function maskCopies(bytes: Uint8Array, text: string): number {
  const wanted = Uint8Array.from(text, (character) => character.charCodeAt(0));
  let copies = 0;
  for (const at of places(bytes, wanted)) {
    maskText(bytes, at, at + wanted.length);
    copies++;
  }
  const value = /^\d+$/.test(text) && text.length >= NUMBER_DIGITS_MIN
    ? Number(text)
    : Infinity;
  if (value > 0xffff_ffff) return copies;
  const high = [value >>> 24, (value >>> 16) & 0xff];
  const low = [(value >>> 8) & 0xff, value & 0xff];
  for (const number of [[...high, ...low], [...low, ...high]]) {
    for (const at of places(bytes, Uint8Array.from(number))) {
      if (at % 2 === 1) continue; // A number begins with a register.
      bytes.fill(0, at, at + number.length);
      copies++;
    }
  }
  return copies;
}

function places(bytes: Uint8Array, wanted: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, nth) => bytes[at + nth] === byte)) found.push(at);
  }
  return found;
}

function swapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, at) => bytes[at ^ 1] ?? 0);
}
