/**
 * The chain of models of a device.
 *
 * @module
 */

import type { Span } from "./plan.ts";

/** A model in the chain of a device. */
export interface ModelAt {
  /** Model id, 1..65534. */
  readonly id: number;
  /** Zero-based address of the register that holds the id. */
  readonly address: number;
  /** L, as the device states it: registers after the two of the header. */
  readonly length: number;
}

/** How the chain ended. */
export type ChainEnd =
  | "end-model"
  | "exception"
  | "id-zero"
  | "limit-models"
  | "limit-registers"
  | "limit-address"
  | "no-answer";

/** The answer to a read that the walk asked for. */
export type ReadAnswer =
  /** Exactly as many registers as were asked for. */
  | { readonly ok: true; readonly registers: Uint16Array }
  /** The device refused, or nothing came. */
  | { readonly ok: false; readonly why: "exception" | "silent" };

/** What stood where the marker should be. */
export type Marker = "found" | "absent" | "exception" | "silent";

/** What a walk found. */
export interface ChainResult {
  /** Unless it is `found`, everything else is empty. */
  readonly marker: Marker;
  /** In chain order. */
  readonly models: readonly ModelAt[];
  readonly end: ChainEnd;
  /** Model 1's registers, its header included, if it came first and could be read. */
  readonly common: readonly (number | null)[] | undefined;
  /** What was odd, in words. */
  readonly oddities: readonly string[];
}

/** What no walk goes beyond. */
export interface ChainLimits {
  /** The most models. */
  readonly modelsMax: number;
  /** The most registers from the marker to the end of the last model. */
  readonly registersMax: number;
}

/** Far beyond what real devices have: about 40 models in 4,000 registers. */
export const CHAIN_LIMITS: ChainLimits = { modelsMax: 128, registersMax: 32_768 };

/**
 * Walks the chain of models that begins at `base`: yields the reads that it
 * wants, one at a time, and is fed their answers. It asks for few registers,
 * exactly within one model's border each.
 *
 * @param base zero-based address of the marker, 0..65532.
 */
// deno-lint-ignore require-yield
export function* walkChain(
  _base: number,
  _limits: ChainLimits = CHAIN_LIMITS,
): Generator<Span, ChainResult, ReadAnswer> {
  throw new Error("not yet");
}
