/**
 * The register image of one poll: the response to each read.
 *
 * @module
 */

import { covers, type Span } from "../plan/read_plan.ts";
import {
  type RegisterSource,
  type RegisterWindow,
  WindowSource,
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
  return new SplitSource(windows, image, parts, address);
}

/** The registers of a model that several reads contain. */
class SplitSource extends WindowSource {
  readonly #image: RegisterImage;
  readonly #parts: readonly Span[];
  readonly #address: number;

  constructor(
    windows: readonly RegisterWindow[],
    image: RegisterImage,
    parts: readonly Span[],
    address: number,
  ) {
    super(windows);
    this.#image = image;
    this.#parts = parts;
    this.#address = address;
  }

  override disputed(offset: number): boolean {
    const values = new Set<number | undefined>();
    for (const span of this.#parts) {
      if (!covers(span, this.#address + offset, 1)) continue;
      values.add(this.#image.get(span)?.[this.#address + offset - span.address]);
    }
    return values.size !== 1 || values.has(undefined);
  }
}
