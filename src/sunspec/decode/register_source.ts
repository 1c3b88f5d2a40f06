/**
 * Where a model's registers come from: one answer, or the answers to several
 * requests of one poll.
 *
 * @module
 */

import type { Registers } from "./point.ts";

/** The registers of one answer, by their offset from a model's id register. */
export interface Window {
  /** Offset of `registers[0]`; negative if the answer began before the model. */
  readonly origin: number;
  readonly registers: Registers;
}

/** A model's registers. */
export interface RegisterSource {
  /**
   * An answer that holds `size` registers from `offset` on whole, so that no
   * number is put together from two moments.
   */
  find(offset: number, size: number): Window | undefined;
  /** Registers put together from several answers, for text that no request can hold whole. */
  piece(offset: number, size: number): Window | undefined;
  /** Whether the answers disagree on this register, or one that was to confirm it is missing. */
  disputed(offset: number): boolean;
}

/** Whether a window holds these registers whole. */
export function holds(window: Window, offset: number, size: number): boolean {
  return offset >= window.origin &&
    offset + size <= window.origin + window.registers.length;
}

/** A model that was read in one request. */
export function wholeSource(registers: Registers): RegisterSource {
  const window: Window = { origin: 0, registers };
  // What lies beyond the registers is found unread there, point by point.
  return { find: () => window, piece: () => window, disputed: () => false };
}
