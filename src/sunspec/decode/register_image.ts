/**
 * What one poll read, by read.
 *
 * @module
 */

import { covers, type Span } from "../plan/read_plan.ts";
import type { RegisterSource, Window } from "./register_source.ts";

/** What one poll read. */
export interface Image {
  /**
   * Keeps the answer to a read of the plan (the plan's very object: the same
   * registers may be read twice in a poll). A second answer to the same read
   * replaces the first.
   */
  put(span: Span, registers: Uint16Array): void;
  /** The answer to a read, if there was one. */
  get(span: Span): Uint16Array | undefined;
}

/** An empty image; one for each poll. */
export function createImage(): Image {
  const answers = new Map<Span, Uint16Array>();
  return {
    put: (span, registers) => void answers.set(span, registers),
    get: (span) => answers.get(span),
  };
}

/**
 * A model's registers out of the reads that hold parts of it, in the order of
 * the poll.
 *
 * @param address of the model's id register.
 */
export function imageSource(
  image: Image,
  parts: readonly Span[],
  address: number,
): RegisterSource {
  const windows: Window[] = [];
  for (const span of parts) {
    const registers = image.get(span);
    if (registers === undefined) continue;
    windows.push({ origin: span.address - address, registers });
  }

  function find(offset: number, size: number): Window | undefined {
    // The latest answer counts.
    return windows.findLast(({ origin, registers }) =>
      origin <= offset && offset + size <= origin + registers.length
    );
  }

  return {
    find,
    piece(offset, size) {
      const registers = Array.from({ length: size }, (_, index) => {
        const window = find(offset + index, 1);
        return window?.registers[offset + index - window.origin] ?? null;
      });
      return { origin: offset, registers };
    },
    disputed(offset) {
      const said = new Set<number | undefined>();
      for (const span of parts) {
        if (!covers(span, address + offset, 1)) continue;
        said.add(image.get(span)?.[address + offset - span.address]);
      }
      return said.size !== 1 || said.has(undefined);
    },
  };
}
