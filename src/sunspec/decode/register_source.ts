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
  /** The responses that contain parts of the model, in the order of the poll. */
  readonly windows: readonly RegisterWindow[];
  /**
   * A response that contains all `size` registers at `offset`, so that no number is
   * assembled from registers read at different times. The latest one takes precedence.
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

/** The index of the last of the windows that contains all of these registers; -1 = none. */
export function windowIndexOf(
  windows: readonly RegisterWindow[],
  offset: number,
  size: number,
): number {
  for (let index = windows.length - 1; index >= 0; index--) {
    const window = windows[index];
    if (window !== undefined && windowHolds(window, offset, size)) return index;
  }
  return -1;
}

/** Registers assembled from several windows; null = this register was not read. */
function assembleRegisters(
  windows: readonly RegisterWindow[],
  offset: number,
  size: number,
): RegisterWindow {
  const registers = Array.from({ length: size }, (_, index) => {
    const window = windows[windowIndexOf(windows, offset + index, 1)];
    return window?.registers[offset + index - window.origin] ?? null;
  });
  return { origin: offset, registers };
}

/** The registers of a model that was read in one request; undefined = it was not answered. */
export function singleReadSource(
  registers: Registers | undefined,
  origin = 0,
): RegisterSource {
  return new WindowSource(registers === undefined ? [] : [{ origin, registers }]);
}

/** The registers in some windows, none of which was planned to be read twice. */
export class WindowSource implements RegisterSource {
  readonly windows: readonly RegisterWindow[];

  constructor(windows: readonly RegisterWindow[]) {
    this.windows = windows;
  }

  find(offset: number, size: number): RegisterWindow | undefined {
    return this.windows[windowIndexOf(this.windows, offset, size)];
  }

  assemble(offset: number, size: number): RegisterWindow | undefined {
    return assembleRegisters(this.windows, offset, size);
  }

  disputed(_offset: number): boolean {
    return false;
  }
}
