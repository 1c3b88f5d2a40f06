/**
 * The registers of a model, read in one request or in several requests of one poll.
 *
 * @module
 */

import type { Registers } from "./point.ts";

/** The registers of one response, located by their offset from the model's header. */
export interface RegisterWindow {
  /** Offset of `registers[0]`; negative if the response starts before the model. */
  readonly origin: number;
  readonly registers: Registers;
}

/** A model's registers. */
export interface RegisterSource {
  /**
   * A response that contains all `size` registers at `offset`, so that no number is
   * assembled from registers read at different times.
   */
  find(offset: number, size: number): RegisterWindow | undefined;
  /** Registers assembled from several responses, for texts longer than one request. */
  assemble(offset: number, size: number): RegisterWindow | undefined;
  /** Whether the responses differ in this register, or a planned second read of it is missing. */
  disputed(offset: number): boolean;
}

/** Whether a window contains all of these registers. */
export function windowHolds(
  window: RegisterWindow,
  offset: number,
  size: number,
): boolean {
  return offset >= window.origin &&
    offset + size <= window.origin + window.registers.length;
}

/** The registers of a model that was read in one request. */
export function singleReadSource(registers: Registers): RegisterSource {
  const window: RegisterWindow = { origin: 0, registers };
  // Registers beyond the end of the response are reported as unread point by point.
  return { find: () => window, assemble: () => window, disputed: () => false };
}
