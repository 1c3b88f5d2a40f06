/**
 * The chain of models of a device.
 *
 * @module
 */

import type { Span } from "./plan/read_plan.ts";

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
  /** The most registers of one read, where the device is known to refuse more. */
  readonly countMax?: number;
}

/** Far beyond what real devices have: about 40 models in 4,000 registers. */
export const CHAIN_LIMITS: ChainLimits = { modelsMax: 128, registersMax: 32_768 };

/** `SunS` in two registers. */
export const MARKER = [0x5375, 0x6e53] as const;
/** Registers of the marker. */
export const MARKER_SIZE = 2;
const END_MODEL = 0xffff;
const COMMON_MODEL = 1;
/** Model 1 has 66 registers, or 65 without its padding. */
const COMMON_LENGTHS: readonly number[] = [65, 66];
/** The registers of model 1 that are of use, its header included. */
const COMMON_SIZE = 68;
/** How many registers of model 1 to ask for at once, as long as the device refuses. */
const COMMON_PORTIONS = [COMMON_SIZE, 34, 16, 8] as const;
const ADDRESS_END = 65_536;

type Walk<T> = Generator<Span, T, ReadAnswer>;

/**
 * Walks the chain of models that begins at `base`: yields the reads that it
 * wants, one at a time, and is fed their answers. The first asks for the
 * marker with the first header, or, where that is refused, the marker alone;
 * then come model 1 and one header for each model. None crosses the border of
 * a model.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Device
 * Modbus Map". It bounds neither the models nor the registers; `limits` do.
 *
 * @param base zero-based address of the marker, 0..65532.
 * @returns what was found, also where the chain lies or breaks off.
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
  if (opening.marker !== "found") return nothing(opening.marker);
  const models: ModelAt[] = [];
  const oddities: string[] = [];
  let common: (number | null)[] | undefined;
  let address = base + MARKER_SIZE;
  let next = opening.header;
  for (;;) {
    const header: Header | ChainEnd = next ?? (yield* readHeader(address));
    next = undefined;
    if (typeof header === "string") return finish(header);
    const model: ModelAt = { id: header.id, address, length: header.length };
    const end = endAt(model, base, models.length, limits);
    if (end !== undefined) return finish(end);
    if (model.length === 0) oddities.push(`${named(model)} has length 0`);
    if (models.length === 0) {
      common = yield* readFirst(model, limits, oddities);
    }
    models.push(model);
    address += 2 + model.length;
  }

  function finish(end: ChainEnd): ChainResult {
    oddities.push(...oddEnd(end, address));
    return { marker: "found", models, end, common, oddities };
  }
}

interface Header {
  readonly id: number;
  readonly length: number;
}

interface Opening {
  readonly marker: Marker;
  /** The first header, if it came along. */
  readonly header?: Header;
}

/** One read; an answer that is shorter than asked for is no answer to it. */
function* ask(address: number, count: number): Walk<ReadAnswer> {
  const answer = yield { address, count };
  return !answer.ok || answer.registers.length >= count
    ? answer
    : { ok: false, why: "exception" };
}

/** Reads the marker and, if the device grants it at once, the first header. */
function* readOpening(base: number): Walk<Opening> {
  let answer = yield* ask(base, Math.min(MARKER_SIZE + 2, ADDRESS_END - base));
  if (!answer.ok && answer.why === "exception") {
    answer = yield* ask(base, Math.min(MARKER_SIZE, ADDRESS_END - base));
  }
  if (!answer.ok) return { marker: answer.why };
  const [first, second, id, length] = answer.registers;
  if (first !== MARKER[0] || second !== MARKER[1]) return { marker: "absent" };
  if (id === undefined || length === undefined) return { marker: "found" };
  return { marker: "found", header: { id, length } };
}

/** Reads the two registers of a header; a text says how the chain ended instead. */
function* readHeader(address: number): Walk<Header | ChainEnd> {
  if (address >= ADDRESS_END) return "limit-address";
  let answer = yield* ask(address, Math.min(2, ADDRESS_END - address));
  if (!answer.ok && answer.why === "exception") {
    // An end marker can be the last register that the device has.
    answer = yield* ask(address, 1);
    if (!answer.ok || answer.registers[0] !== END_MODEL) return "exception";
  }
  if (!answer.ok) return "no-answer";
  const [id, length = 0] = answer.registers;
  return id === undefined ? "exception" : { id, length };
}

/** How the chain ends at this model; undefined = it does not. */
function endAt(
  { id, address, length }: ModelAt,
  base: number,
  found: number,
  limits: ChainLimits,
): ChainEnd | undefined {
  if (id === END_MODEL) return "end-model";
  if (id === 0) return "id-zero";
  if (found >= limits.modelsMax) return "limit-models";
  const end = address + 2 + length;
  if (end > ADDRESS_END) return "limit-address";
  if (end - base > limits.registersMax) return "limit-registers";
  return undefined;
}

/** Reads the first model's registers if it is model 1, which says who the device is. */
function* readFirst(
  model: ModelAt,
  { countMax = COMMON_SIZE }: ChainLimits,
  oddities: string[],
): Walk<(number | null)[] | undefined> {
  if (model.id !== COMMON_MODEL) {
    oddities.push(`the first model is ${model.id}, it should be 1`);
    return undefined;
  }
  if (!COMMON_LENGTHS.includes(model.length)) {
    oddities.push(`model 1 has length ${model.length}, it should be 65 or 66`);
  }
  const size = Math.min(2 + model.length, COMMON_SIZE);
  const portions = COMMON_PORTIONS.map((known) => Math.min(known, countMax));
  for (const portion of new Set(portions)) {
    const read = yield* readPortions(model.address, size, portion);
    if (read === "silent") {
      oddities.push("model 1 could not be read: no answer");
      return undefined;
    }
    if (read !== "exception") return read;
  }
  oddities.push("model 1 could not be read: the device refuses");
  return undefined;
}

/** Reads in portions; only a refusal of the first one counts as refused. */
function* readPortions(
  address: number,
  size: number,
  portion: number,
): Walk<(number | null)[] | "exception" | "silent"> {
  const registers: (number | null)[] = [];
  while (registers.length < size) {
    const count = Math.min(portion, size - registers.length);
    const answer = yield* ask(address + registers.length, count);
    if (answer.ok) registers.push(...answer.registers.subarray(0, count));
    else if (answer.why === "silent") return "silent";
    else if (registers.length === 0) return "exception";
    else for (let index = 0; index < count; index++) registers.push(null);
  }
  return registers;
}

function oddEnd(end: ChainEnd, address: number): string[] {
  switch (end) {
    case "end-model":
      return [];
    case "exception":
      return [`the chain ends at ${address} with an exception, without an end marker`];
    case "id-zero":
      return [`the chain ends at ${address} with model id 0, without an end marker`];
    case "no-answer":
      return [`no answer at ${address}: the chain may be longer`];
    case "limit-models":
    case "limit-registers":
    case "limit-address":
      return [`the chain was left at ${address}: it is longer than can be (${end})`];
  }
}

function nothing(marker: Marker): ChainResult {
  const end = marker === "silent" ? "no-answer" : "exception";
  return { marker, models: [], end, common: undefined, oddities: [] };
}

function named({ id, address }: ModelAt): string {
  return `model ${id} at ${address}`;
}
