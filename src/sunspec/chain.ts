/**
 * Walks the model chain of a device. Pure.
 *
 * @module
 */

import { ADDRESS_COUNT } from "../base/network/modbus_protocol.ts";
import {
  type ChainEnd,
  type MarkerStatus,
  type ModelHeader,
  readCommon,
  readHeader,
  readOpening,
  type Walk,
} from "./chain_reads.ts";
import { END_MODEL_ID, MARKER_SIZE, MODEL_HEADER_SIZE } from "./spec.ts";

export type { ChainEnd, MarkerStatus, ReadAnswer } from "./chain_reads.ts";

/** Where a model is in a device's register map. */
export interface ModelLocation {
  /** Model id, 1..65534. */
  readonly id: number;
  /** Zero-based address of the register that holds the id. */
  readonly address: number;
  /** L as reported by the device: number of registers after the header. */
  readonly length: number;
}

/** The result of a walk. */
export interface ChainResult {
  /** If the marker is not `found`, the other fields are empty. */
  readonly marker: MarkerStatus;
  /** In chain order. */
  readonly models: readonly ModelLocation[];
  readonly end: ChainEnd;
  /**
   * Registers of the common model including its header, if it is the first model
   * and was read; null = this register could not be read.
   */
  readonly common: readonly (number | null)[] | undefined;
  /** Deviations from the specification, as text. */
  readonly oddities: readonly string[];
}

/** Limits of a walk. */
export interface ChainLimits {
  /** Maximum number of models. */
  readonly modelsMax: number;
  /** Maximum number of registers from the marker to the end of the last model. */
  readonly registersMax: number;
  /** Maximum number of registers of one read, if the device is known to refuse more. */
  readonly countMax?: number;
}

/** Well above what real devices have: about 40 models in 4,000 registers. */
export const CHAIN_LIMITS: ChainLimits = { modelsMax: 128, registersMax: 32_768 };

/**
 * Walks the model chain that begins at `base`: yields one read at a time and
 * is resumed with its response. The first read covers the marker and the first
 * header, or the marker alone if the device refuses that. The common model and one
 * header per model follow. No read crosses the border of a model.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Device Modbus Map".
 * The specification limits neither the number of models nor the number of
 * registers; `limits` does.
 *
 * @param base zero-based address of the marker, 0..65532.
 * @returns the models found, even if the chain is malformed or ends early.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { walkChain } from "./chain.ts";
 *
 * const device = Uint16Array.of(0x5375, 0x6e53, 302, 5, 1, 2, 3, 4, 5, 0xffff, 0);
 * const walk = walkChain(40_000);
 * let step = walk.next();
 * while (!step.done) {
 *   const at = step.value.address - 40_000;
 *   const registers = device.subarray(at, at + step.value.count);
 *   step = walk.next({ ok: true, registers });
 * }
 * deepStrictEqual(step.value.models, [{ id: 302, address: 40_002, length: 5 }]);
 * deepStrictEqual(step.value.end, "end-model");
 * ```
 */
export function* walkChain(
  base: number,
  limits: ChainLimits = CHAIN_LIMITS,
): Walk<ChainResult> {
  const opening = yield* readOpening(base);
  if (opening.marker !== "found") return emptyResult(opening.marker);
  const models: ModelLocation[] = [];
  const oddities: string[] = [];
  let common: (number | null)[] | undefined;
  let address = base + MARKER_SIZE;
  let next = opening.header;
  for (;;) {
    const header: ModelHeader | ChainEnd = next ?? (yield* readHeader(address));
    next = undefined;
    if (typeof header === "string") return finish(header);
    const model: ModelLocation = { id: header.id, address, length: header.length };
    const end = endAt(model, base, models.length, limits);
    if (end !== undefined) return finish(end);
    if (model.length === 0) oddities.push(`${nameOf(model)} has length 0`);
    if (models.length === 0) {
      common = yield* readCommon(model, oddities, limits.countMax);
    }
    models.push(model);
    address += MODEL_HEADER_SIZE + model.length;
  }

  function finish(end: ChainEnd): ChainResult {
    oddities.push(...describeEnd(end, address));
    return { marker: "found", models, end, common, oddities };
  }
}

/** Address of the register after the last model; undefined = no register follows. */
export function endAddress(models: readonly ModelLocation[]): number | undefined {
  const last = models.at(-1);
  if (last === undefined) return undefined;
  const end = last.address + MODEL_HEADER_SIZE + last.length;
  return end < ADDRESS_COUNT ? end : undefined;
}

/** Why the chain ends at this model; undefined = it continues. */
function endAt(
  { id, address, length }: ModelLocation,
  base: number,
  found: number,
  limits: ChainLimits,
): ChainEnd | undefined {
  if (id === END_MODEL_ID) return "end-model";
  if (id === 0) return "id-zero";
  if (found >= limits.modelsMax) return "limit-models";
  const end = address + MODEL_HEADER_SIZE + length;
  if (end > ADDRESS_COUNT) return "limit-address";
  if (end - base > limits.registersMax) return "limit-registers";
  return undefined;
}

function describeEnd(end: ChainEnd, address: number): string[] {
  switch (end) {
    case "end-model":
      return [];
    case "exception":
      return [`chain ends at ${address} with an exception, without an end model`];
    case "id-zero":
      return [`chain ends at ${address} with model id 0, without an end model`];
    case "no-answer":
      return [`no response at ${address}: more models may follow`];
    case "limit-models":
    case "limit-registers":
    case "limit-address":
      return [`chain not followed beyond ${address}: it exceeds a limit (${end})`];
  }
}

function emptyResult(marker: MarkerStatus): ChainResult {
  const end = marker === "silent" ? "no-answer" : "exception";
  return { marker, models: [], end, common: undefined, oddities: [] };
}

function nameOf({ id, address }: ModelLocation): string {
  return `model ${id} at ${address}`;
}
