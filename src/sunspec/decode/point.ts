/**
 * Reads the raw value of a point from its registers. Pure.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Point Types"
 * and "Unimplemented values". Registers and words are big-endian.
 *
 * @module
 */

import type { DecodeReason, PointValue } from "./decoded.ts";
import type { PointDefinition, PointType } from "../definition/definition.ts";

/** Registers as read; null = this register was not read. */
export type Registers = ArrayLike<number | null>;

/** An unscaled value. */
export type RawValue = PointValue | FlaggedValue;

/** A value with the reason why it is null or not reliable. */
export interface FlaggedValue {
  readonly value: PointValue;
  readonly reason: DecodeReason;
}

const ABSENT = null;
const UNREAD: FlaggedValue = { value: null, reason: "register-unread" };
const SIGN_16 = 0x8000;
const ONES_16 = 0xffff;
const SIGN_32 = 0x8000_0000;
const ONES_32 = 0xffff_ffff;
const SIGN_64 = 1n << 63n;
const ONES_64 = (1n << 64n) - 1n;

const scratch = new DataView(new ArrayBuffer(8));
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** How a device deviates from the specification in the form of its numbers. */
export type NumberForm = Pick<PointDefinition, "words" | "signed">;

const NO_FORM: NumberForm = {};

/**
 * Smallest magnitude of a float that is taken for a measurement. A single register that
 * is read as the wrong half of a float gives much smaller numbers.
 */
export const FLOAT_MIN = 1e-20;

/**
 * Reads one point.
 *
 * @param start index of its first register in `registers`.
 * @param size number of its registers.
 * @param form how the device deviates; a point definition is one.
 * @returns the raw value; an integer beyond 2^53 as a bigint. Never throws: invalid
 * registers result in a {@linkcode FlaggedValue}.
 */
export function readPoint(
  type: PointType,
  registers: Registers,
  start: number,
  size: number,
  form: NumberForm = NO_FORM,
): RawValue {
  for (let index = start; index < start + size; index++) {
    const register = registers[index];
    if (register === null || register === undefined) return UNREAD;
  }
  if (form.words === "little") {
    const reversed = reversedWords(registers, start, size);
    return form.signed === true
      ? magnitude(type, reversed, 0)
      : readPoint(type, reversed, 0, size);
  }
  if (form.signed === true) return magnitude(type, registers, start);
  switch (type) {
    case "pad":
    case "acc16":
      // 0 is a value: an accumulator that has not started to count.
      return word(registers, start);
    case "uint16":
    case "count":
    case "enum16":
      return unsigned(word(registers, start), ONES_16);
    case "int16":
    case "sunssf":
      return signed(word(registers, start), SIGN_16);
    case "bitfield16":
      return bits(word(registers, start), SIGN_16, ONES_16);
    case "uint32":
    case "enum32":
      return unsigned(doubleWord(registers, start), ONES_32);
    case "int32":
      return signed(doubleWord(registers, start), SIGN_32);
    case "acc32":
      return accumulator(doubleWord(registers, start), ONES_32);
    case "bitfield32":
      return bits(doubleWord(registers, start), SIGN_32, ONES_32);
    case "uint64": {
      const value = quadWord(registers, start);
      return value === ONES_64 ? ABSENT : whole(value);
    }
    case "int64": {
      const value = quadWord(registers, start);
      return value === SIGN_64 ? ABSENT : whole(BigInt.asIntN(64, value));
    }
    case "acc64": {
      const value = quadWord(registers, start);
      return value === ONES_64
        ? { value, reason: "accumulator-all-ones" }
        : whole(value);
    }
    case "bitfield64": {
      const value = quadWord(registers, start);
      if (value === ONES_64) return ABSENT;
      return value >= SIGN_64 ? INVALID_BITS : whole(value);
    }
    case "float32":
      scratch.setUint32(0, doubleWord(registers, start));
      return float(scratch.getFloat32(0));
    case "float64":
      scratch.setUint32(0, doubleWord(registers, start));
      scratch.setUint32(4, doubleWord(registers, start + 2));
      return float(scratch.getFloat64(0));
    case "ipaddr":
      return ipv4(bytes(registers, start, size));
    case "ipv6addr":
      return ipv6(registers, start);
    case "eui48":
      return eui48(bytes(registers, start, size));
    case "string":
      return ascii(registers, start, size) ?? text(bytes(registers, start, size));
  }
}

/** Apart from {@linkcode readPoint}, which would allocate a scope for the closure in every call. */
function reversedWords(registers: Registers, start: number, size: number): number[] {
  const last = start + size - 1;
  return Array.from({ length: size }, (_, nth) => word(registers, last - nth));
}

const INVALID_BITS: FlaggedValue = { value: null, reason: "bitfield-invalid" };

function word(registers: Registers, index: number): number {
  return registers[index] ?? 0;
}

function doubleWord(registers: Registers, index: number): number {
  return word(registers, index) * 0x1_0000 + word(registers, index + 1);
}

function quadWord(registers: Registers, index: number): bigint {
  return (BigInt(doubleWord(registers, index)) << 32n) |
    BigInt(doubleWord(registers, index + 2));
}

function unsigned(value: number, absent: number): RawValue {
  return value === absent ? ABSENT : value;
}

function accumulator(value: number, ones: number): RawValue {
  return value === ones ? { value, reason: "accumulator-all-ones" } : value;
}

/**
 * The magnitude of an accumulator that the device counts in a signed number: some
 * meters count exported energy downwards from 0. The most negative number means "not
 * implemented", as in the signed types.
 */
function magnitude(type: PointType, registers: Registers, start: number): RawValue {
  switch (type) {
    case "acc16":
      return absolute(signed(word(registers, start), SIGN_16));
    case "acc32":
      return absolute(signed(doubleWord(registers, start), SIGN_32));
    default: {
      const value = quadWord(registers, start);
      if (value === SIGN_64) return ABSENT;
      const number = BigInt.asIntN(64, value);
      return whole(number < 0n ? -number : number);
    }
  }
}

function absolute(value: RawValue): RawValue {
  return typeof value === "number" ? Math.abs(value) : value;
}

/** Two's complement; the most negative number means "not implemented". */
function signed(value: number, sign: number): RawValue {
  if (value === sign) return ABSENT;
  return value > sign ? value - 2 * sign : value;
}

function bits(value: number, sign: number, ones: number): RawValue {
  if (value === ones) return ABSENT;
  return value >= sign ? INVALID_BITS : value;
}

function whole(value: bigint): RawValue {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function float(value: number): RawValue {
  if (Number.isNaN(value)) return ABSENT;
  if (!Number.isFinite(value)) return { value: null, reason: "float-infinite" };
  const isTiny = value !== 0 && Math.abs(value) < FLOAT_MIN;
  return isTiny ? { value, reason: "float-tiny" } : value;
}

function bytes(registers: Registers, start: number, size: number): Uint8Array {
  const all = new Uint8Array(size * 2);
  for (let index = 0; index < size; index++) {
    const register = word(registers, start + index);
    all[index * 2] = register >> 8;
    all[index * 2 + 1] = register & 0xff;
  }
  return all;
}

function ipv4(all: Uint8Array): RawValue {
  return all.every((byte) => byte === 0) ? ABSENT : all.join(".");
}

/** Canonical text of RFC 5952, section 4: the longest run of two or more zeros becomes `::`. */
function ipv6(registers: Registers, start: number): RawValue {
  const words = Array.from({ length: 8 }, (_, index) => word(registers, start + index));
  let best = { at: -1, size: 1 };
  for (let at = 0; at < words.length; at++) {
    let size = 0;
    while (words[at + size] === 0) size++;
    if (size > best.size) best = { at, size };
  }
  if (best.size === words.length) return ABSENT;
  const hex = words.map((each) => each.toString(16));
  if (best.at < 0) return hex.join(":");
  const head = hex.slice(0, best.at).join(":");
  return `${head}::${hex.slice(best.at + best.size).join(":")}`;
}

/** The low six bytes; all zeros or all ones mean "not implemented". */
function eui48(all: Uint8Array): RawValue {
  const address = all.subarray(2);
  if (address.every((byte) => byte === 0) || address.every((byte) => byte === 0xff)) {
    return ABSENT;
  }
  return Array.from(address, hexByte).join(":");
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

/** Fast path for ASCII, which nearly all texts are; undefined = not ASCII, or empty. */
function ascii(registers: Registers, start: number, size: number): string | undefined {
  let decoded = "";
  for (let index = start; index < start + size; index++) {
    const register = word(registers, index);
    if ((register & 0x8080) !== 0) return undefined;
    if (register >> 8 === 0) break;
    decoded += String.fromCharCode(register >> 8);
    if ((register & 0xff) === 0) break;
    decoded += String.fromCharCode(register & 0xff);
  }
  return decoded === "" ? undefined : decoded.trim();
}

/**
 * The text before the first NUL, trimmed. An empty text means "not implemented"; so
 * does 0xFF in all bytes, which some devices send.
 */
function text(all: Uint8Array): RawValue {
  const nul = all.indexOf(0);
  const content = nul < 0 ? all : all.subarray(0, nul);
  if (content.length === 0 || content.every((byte) => byte === 0xff)) return ABSENT;
  try {
    return strictUtf8.decode(content).trim();
  } catch {
    return { value: lenientUtf8.decode(content).trim(), reason: "text-not-utf8" };
  }
}
