/**
 * From a point's registers to its raw value.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Point Types"
 * and "Unimplemented values". Registers and words are big-endian.
 *
 * @module
 */

import type { DecodeReason, PointValue } from "./decoded.ts";
import type { PointType } from "../definition/definition.ts";

/** Registers as read; null = this register could not be read. */
export type Registers = ArrayLike<number | null>;

/** What the registers say, unscaled. */
export type Reading = PointValue | OddReading;

/** A value that is odd, or null for a reason. */
export interface OddReading {
  readonly value: PointValue;
  readonly reason: DecodeReason;
}

const ABSENT = null;
const UNREAD: OddReading = { value: null, reason: "register-unread" };
const SIGN_16 = 0x8000;
const ONES_16 = 0xffff;
const SIGN_32 = 0x8000_0000;
const ONES_32 = 0xffff_ffff;
const SIGN_64 = 1n << 63n;
const ONES_64 = (1n << 64n) - 1n;

const scratch = new DataView(new ArrayBuffer(8));
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads one point.
 *
 * @param start index of its first register in `registers`.
 * @param size how many registers it takes.
 * @returns the raw value; whole numbers beyond 2^53 as bigint. Never throws:
 * a device's nonsense is data about the device.
 */
export function readPoint(
  type: PointType,
  registers: Registers,
  start: number,
  size: number,
): Reading {
  for (let index = start; index < start + size; index++) {
    const register = registers[index];
    if (register === null || register === undefined) return UNREAD;
  }
  switch (type) {
    case "pad":
    case "acc16":
      // 0 is a value: an accumulator that has not counted yet.
      return word(registers, start);
    case "uint16":
    case "count":
    case "enum16":
      return known(word(registers, start), ONES_16);
    case "int16":
    case "sunssf":
      return signed(word(registers, start), SIGN_16);
    case "bitfield16":
      return bits(word(registers, start), SIGN_16, ONES_16);
    case "uint32":
    case "enum32":
      return known(double(registers, start), ONES_32);
    case "int32":
      return signed(double(registers, start), SIGN_32);
    case "acc32":
      return counted(double(registers, start), ONES_32);
    case "bitfield32":
      return bits(double(registers, start), SIGN_32, ONES_32);
    case "uint64": {
      const value = quad(registers, start);
      return value === ONES_64 ? ABSENT : whole(value);
    }
    case "int64": {
      const value = quad(registers, start);
      return value === SIGN_64 ? ABSENT : whole(BigInt.asIntN(64, value));
    }
    case "acc64": {
      const value = quad(registers, start);
      return value === ONES_64
        ? { value, reason: "accumulator-all-ones" }
        : whole(value);
    }
    case "bitfield64": {
      const value = quad(registers, start);
      if (value === ONES_64) return ABSENT;
      return value >= SIGN_64 ? INVALID_BITS : whole(value);
    }
    case "float32":
      scratch.setUint32(0, double(registers, start));
      return float(scratch.getFloat32(0));
    case "float64":
      scratch.setUint32(0, double(registers, start));
      scratch.setUint32(4, double(registers, start + 2));
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

const INVALID_BITS: OddReading = { value: null, reason: "bitfield-invalid" };

function word(registers: Registers, index: number): number {
  return registers[index] ?? 0;
}

function double(registers: Registers, index: number): number {
  return word(registers, index) * 0x1_0000 + word(registers, index + 1);
}

function quad(registers: Registers, index: number): bigint {
  return (BigInt(double(registers, index)) << 32n) |
    BigInt(double(registers, index + 2));
}

function known(value: number, absent: number): Reading {
  return value === absent ? ABSENT : value;
}

function counted(value: number, ones: number): Reading {
  return value === ones ? { value, reason: "accumulator-all-ones" } : value;
}

/** Two's complement; the most negative number says "not implemented". */
function signed(value: number, sign: number): Reading {
  if (value === sign) return ABSENT;
  return value > sign ? value - 2 * sign : value;
}

function bits(value: number, sign: number, ones: number): Reading {
  if (value === ones) return ABSENT;
  return value >= sign ? INVALID_BITS : value;
}

function whole(value: bigint): Reading {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function float(value: number): Reading {
  if (Number.isNaN(value)) return ABSENT;
  return Number.isFinite(value) ? value : { value: null, reason: "float-infinite" };
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

function ipv4(all: Uint8Array): Reading {
  return all.every((byte) => byte === 0) ? ABSENT : all.join(".");
}

/** Canonical text, RFC 5952 section 4: the longest run of two zeros or more is `::`. */
function ipv6(registers: Registers, start: number): Reading {
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

/** The low six bytes; all zeros and all ones say "not implemented". */
function eui48(all: Uint8Array): Reading {
  const address = all.subarray(2);
  if (address.every((byte) => byte === 0) || address.every((byte) => byte === 0xff)) {
    return ABSENT;
  }
  return Array.from(address, hexByte).join(":");
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

/** Text that is plain ASCII, as nearly all is; undefined = it is not, or is empty. */
function ascii(registers: Registers, start: number, size: number): string | undefined {
  let said = "";
  for (let index = start; index < start + size; index++) {
    const register = word(registers, index);
    if ((register & 0x8080) !== 0) return undefined;
    if (register >> 8 === 0) break;
    said += String.fromCharCode(register >> 8);
    if ((register & 0xff) === 0) break;
    said += String.fromCharCode(register & 0xff);
  }
  return said === "" ? undefined : said.trim();
}

/**
 * Text to the first NUL, trimmed. No text, or all ones as some devices fill
 * it, says "not implemented".
 */
function text(all: Uint8Array): Reading {
  const nul = all.indexOf(0);
  const said = nul < 0 ? all : all.subarray(0, nul);
  if (said.length === 0 || said.every((byte) => byte === 0xff)) return ABSENT;
  try {
    return strictUtf8.decode(said).trim();
  } catch {
    return { value: lenientUtf8.decode(said).trim(), reason: "text-not-utf8" };
  }
}
