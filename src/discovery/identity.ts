/**
 * Who a device says it is: the texts of its common model (model 1).
 *
 * @module
 */

import type { Identity } from "./layout.ts";

/** The id of the common model. */
export const COMMON_MODEL_ID = 1;

/**
 * How many registers from the id register on hold the texts; the rest of the
 * model (DA, Pad) is of no use here.
 */
export const IDENTITY_REGISTERS = 66;

/** An identity of which nothing is known. */
export const NO_IDENTITY: Identity = {
  manufacturer: null,
  model: null,
  options: null,
  firmware: null,
  serial: null,
};

/**
 * Reads the identity out of model 1 (SunSpec Device Information Model
 * Specification, common model).
 *
 * @param registers from the id register on; what lies beyond them is null.
 */
export function identityFrom(registers: ArrayLike<number>): Identity {
  return {
    manufacturer: text(registers, 2, 16),
    model: text(registers, 18, 16),
    options: text(registers, 34, 8),
    firmware: text(registers, 42, 8),
    serial: text(registers, 50, 16),
  };
}

/** Text up to the first NUL, trimmed; null if nothing is left or it is not all there. */
function text(
  registers: ArrayLike<number>,
  offset: number,
  size: number,
): string | null {
  if (registers.length < offset + size) return null;
  const bytes: number[] = [];
  for (let at = offset; at < offset + size; at++) {
    const register = registers[at] ?? 0;
    bytes.push(register >> 8, register & 0xff);
  }
  const end = bytes.indexOf(0);
  const kept = Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end));
  const decoded = new TextDecoder().decode(kept).trim();
  return decoded === "" || /^\uFFFD+$/.test(decoded) ? null : decoded;
}
