/**
 * The register image of one poll: the response to each read.
 *
 * @module
 */

import { covers, type Span } from "../plan/read_plan.ts";
import {
  assembleRegisters,
  type RegisterSource,
  type RegisterWindow,
  windowIndexOf,
} from "./register_source.ts";

/** The responses of one poll. */
export interface RegisterImage {
  /**
   * Stores the response to a read of the plan. The key is the identity of the plan's
   * span object: the same registers may be read twice in one poll. A second response to
   * the same read replaces the first.
   */
  put(span: Span, registers: Uint16Array): void;
  /** The response to a read; undefined = none. */
  get(span: Span): Uint16Array | undefined;
}

/** Makes an empty image; each poll uses a new one. */
export function createRegisterImage(): RegisterImage {
  const answers = new Map<Span, Uint16Array>();
  return {
    put: (span, registers) => void answers.set(span, registers),
    get: (span) => answers.get(span),
  };
}

/**
 * The registers of a model from the reads that contain parts of it.
 *
 * @param parts the reads, in the order of the poll.
 * @param address zero-based address of the model's header.
 */
export function imageSource(
  image: RegisterImage,
  parts: readonly Span[],
  address: number,
): RegisterSource {
  const windows: RegisterWindow[] = [];
  for (const span of parts) {
    const registers = image.get(span);
    if (registers === undefined) continue;
    windows.push({ origin: span.address - address, registers });
  }

  return {
    windows,
    find: (offset, size) => windows[windowIndexOf(windows, offset, size)],
    assemble: (offset, size) => assembleRegisters(windows, offset, size),
    disputed(offset) {
      const values = new Set<number | undefined>();
      for (const span of parts) {
        if (!covers(span, address + offset, 1)) continue;
        values.add(image.get(span)?.[address + offset - span.address]);
      }
      return values.size !== 1 || values.has(undefined);
    },
  };
}
