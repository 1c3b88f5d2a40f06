/**
 * Reads that do not give up at the first difficulty: a lost answer is asked for
 * again, and a refused span is read in parts, so that one register that the device
 * does not have takes nothing else with it.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import {
  type ReadFunction,
  type RegisterReader,
  REGISTERS_PER_READ_MAX,
} from "../modbus/reader.ts";
import type { Span } from "../sunspec/plan/read_plan.ts";

/**
 * How often a read is asked again that had no answer: half a chain would be
 * taken for the device.
 */
export const SILENCE_RETRIES = 1;

/** The most requests for one span that is refused as a whole. */
export const PARTS_MAX = 64;

/** The unit that is read, and how. */
export interface Unit {
  readonly reader: RegisterReader;
  readonly unitId: number;
  readonly functionCode: ReadFunction;
  /** Total deadline of each request, in ms. */
  readonly timeoutMs: number;
  /** The most registers one request may ask for; the protocol's own if absent. */
  readonly countMax?: number;
  readonly signal: AbortSignal;
}

/** Registers, null where the device has none, and the first refusal. */
export interface Partly {
  readonly registers: readonly (number | null)[];
  readonly refused: ModbusFault | undefined;
}

/** Reads one span with one request; a lost answer is asked for again. */
export async function readOnce(
  unit: Unit,
  span: Span,
): Promise<Result<Uint16Array, ModbusFault>> {
  const { reader, unitId, functionCode, timeoutMs, signal } = unit;
  for (let attempt = 0;; attempt++) {
    const answer = await reader.read(
      { unitId, functionCode, ...span, timeoutMs },
      signal,
    );
    if (answer.ok || attempt >= SILENCE_RETRIES) return answer;
    const { kind } = answer.fault;
    if (kind === "exception" || kind === "unreachable") return answer;
  }
}

/**
 * Reads a span, in parts where it is refused; the larger parts first, so that
 * the bound takes away least.
 *
 * @returns a fault only if the device gives no answer at all any more.
 */
export async function readPartly(
  unit: Unit,
  span: Span,
): Promise<Result<Partly, ModbusFault>> {
  const registers = new Array<number | null>(span.count).fill(null);
  const open = parts(span, unit.countMax ?? REGISTERS_PER_READ_MAX);
  const requestsMax = open.length + PARTS_MAX;
  let refused: ModbusFault | undefined;
  for (let requests = 0; requests < requestsMax; requests++) {
    const part = open.shift();
    if (part === undefined) break;
    const answer = await readOnce(unit, part);
    if (answer.ok) {
      answer.value.forEach((register, at) => {
        registers[part.address - span.address + at] = register;
      });
      continue;
    }
    if (answer.fault.kind !== "exception") return bad(answer.fault);
    refused ??= answer.fault;
    if (part.count > 1 && isLasting(answer.fault)) open.push(...halves(part));
  }
  return good({ registers, refused });
}

/** An exception that says something of the address, not of the moment. */
export function isLasting(fault: ModbusFault): boolean {
  if (fault.kind !== "exception") return false;
  return fault.code === EXCEPTION.illegalFunction ||
    fault.code === EXCEPTION.illegalDataAddress ||
    fault.code === EXCEPTION.illegalDataValue ||
    fault.code === EXCEPTION.deviceFailure;
}

function parts({ address, count }: Span, countMax: number): Span[] {
  const found: Span[] = [];
  for (let at = 0; at < count; at += countMax) {
    found.push({ address: address + at, count: Math.min(countMax, count - at) });
  }
  return found;
}

function halves({ address, count }: Span): Span[] {
  const half = Math.ceil(count / 2);
  return [{ address, count: half }, { address: address + half, count: count - half }];
}
