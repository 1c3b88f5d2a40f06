/**
 * The reads of a walk through the model chain. Pure: a generator yields each read and
 * is resumed with its response.
 *
 * @module
 */

import { ADDRESS_COUNT } from "../base/network/modbus_protocol.ts";
import type { Span } from "./plan/read_plan.ts";
import {
  COMMON_MODEL_ID,
  COMMON_MODEL_LENGTHS,
  END_MODEL_ID,
  MARKER_SIZE,
  MODEL_HEADER_SIZE,
  SUNS_MARKER,
} from "./spec.ts";

/** Why the walk ended. */
export type ChainEnd =
  | "end-model"
  | "exception"
  | "id-zero"
  | "limit-models"
  | "limit-registers"
  | "limit-address"
  | "no-answer";

/** The response to a read that the walk requested. */
export type ReadAnswer =
  /** As many registers as were requested. */
  | { readonly ok: true; readonly registers: Uint16Array }
  /** The device answered with an exception, or did not answer. */
  | { readonly ok: false; readonly why: "exception" | "silent" };

/** What was found at the address of the marker. */
export type MarkerStatus = "found" | "absent" | "exception" | "silent";

/** Number of registers of the common model that are read, including its header. */
const COMMON_SIZE = 68;
/** Read sizes tried for the common model, each after the device refused the one before. */
const COMMON_READ_SIZES = [COMMON_SIZE, 34, 16, 8] as const;

/** Yields reads and returns a result. */
export type Walk<T> = Generator<Span, T, ReadAnswer>;

/** The header of a model. */
export interface ModelHeader {
  readonly id: number;
  /** L: number of registers after the header. */
  readonly length: number;
}

/** The marker, and the first header if the same read returned it. */
export interface ChainOpening {
  readonly marker: MarkerStatus;
  readonly header?: ModelHeader;
}

/** Requests one read; a response with fewer registers counts as an exception. */
function* read(address: number, count: number): Walk<ReadAnswer> {
  const answer = yield { address, count };
  return !answer.ok || answer.registers.length >= count
    ? answer
    : { ok: false, why: "exception" };
}

/** Reads the marker and, if the device permits it in the same read, the first header. */
export function* readOpening(base: number): Walk<ChainOpening> {
  const addresses = ADDRESS_COUNT - base;
  let answer = yield* read(base, Math.min(MARKER_SIZE + MODEL_HEADER_SIZE, addresses));
  if (!answer.ok && answer.why === "exception") {
    answer = yield* read(base, Math.min(MARKER_SIZE, addresses));
  }
  if (!answer.ok) return { marker: answer.why };
  const [first, second, id, length] = answer.registers;
  if (first !== SUNS_MARKER[0] || second !== SUNS_MARKER[1]) {
    return { marker: "absent" };
  }
  if (id === undefined || length === undefined) return { marker: "found" };
  return { marker: "found", header: { id, length } };
}

/** Reads a header; returns why the chain ended if there is none. */
export function* readHeader(address: number): Walk<ModelHeader | ChainEnd> {
  if (address >= ADDRESS_COUNT) return "limit-address";
  const count = Math.min(MODEL_HEADER_SIZE, ADDRESS_COUNT - address);
  let answer = yield* read(address, count);
  if (!answer.ok && answer.why === "exception") {
    // The end model's id can be the last register that the device has.
    answer = yield* read(address, 1);
    if (!answer.ok || answer.registers[0] !== END_MODEL_ID) return "exception";
  }
  if (!answer.ok) return "no-answer";
  const [id, length = 0] = answer.registers;
  return id === undefined ? "exception" : { id, length };
}

/**
 * Reads the registers of the first model if it is the common model.
 *
 * @param oddities receives deviations from the specification.
 * @param countMax maximum number of registers of one read.
 * @returns the registers, null for one that could not be read; undefined = not read.
 */
export function* readCommon(
  model: ModelHeader & { readonly address: number },
  oddities: string[],
  countMax: number = COMMON_SIZE,
): Walk<(number | null)[] | undefined> {
  if (model.id !== COMMON_MODEL_ID) {
    oddities.push(`first model is ${model.id}, expected 1`);
    return undefined;
  }
  if (!COMMON_MODEL_LENGTHS.includes(model.length)) {
    oddities.push(`model 1 has length ${model.length}, expected 65 or 66`);
  }
  const size = Math.min(MODEL_HEADER_SIZE + model.length, COMMON_SIZE);
  const readSizes = COMMON_READ_SIZES.map((each) => Math.min(each, countMax));
  for (const readSize of new Set(readSizes)) {
    const registers = yield* readInParts(model.address, size, readSize);
    if (registers === "silent") {
      oddities.push("model 1 not read: no response");
      return undefined;
    }
    if (registers !== "exception") return registers;
  }
  oddities.push("model 1 not read: the device responds with an exception");
  return undefined;
}

/**
 * Reads `size` registers, `readSize` at a time. An exception to the first read is
 * returned; an exception to a later one leaves its registers null.
 */
function* readInParts(
  address: number,
  size: number,
  readSize: number,
): Walk<(number | null)[] | "exception" | "silent"> {
  const registers: (number | null)[] = [];
  while (registers.length < size) {
    const count = Math.min(readSize, size - registers.length);
    const answer = yield* read(address + registers.length, count);
    if (answer.ok) registers.push(...answer.registers.subarray(0, count));
    else if (answer.why === "silent") return "silent";
    else if (registers.length === 0) return "exception";
    else for (let index = 0; index < count; index++) registers.push(null);
  }
  return registers;
}
