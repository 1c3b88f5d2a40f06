/**
 * Reads that recover from errors: a lost response is requested again, and a refused
 * span is read in parts, so that a register that the device does not have affects
 * no other register.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import { REGISTERS_PER_READ_MAX } from "../base/network/modbus_protocol.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import type { Span } from "../sunspec/plan/read_plan.ts";

/**
 * How often an unanswered read is retried: without a retry, a lost response would
 * make the first half of a chain look like the whole device.
 */
const TIMEOUT_RETRIES = 1;

/** Maximum number of additional requests for one span that is refused as a whole. */
const SPLIT_REQUESTS_MAX = 64;

/** The unit to read, and how. */
export interface Unit {
  readonly reader: RegisterReader;
  readonly unitId: number;
  readonly functionCode: ReadFunction;
  /** Timeout of each request, in ms. */
  readonly timeoutMs: number;
  /** Maximum number of registers per request; the protocol's maximum by default. */
  readonly countMax?: number;
  readonly signal: AbortSignal;
}

/** The registers of a span, null where the device has none, and the first refusal. */
export interface PartialRead {
  readonly registers: readonly (number | null)[];
  readonly refusal: ModbusFault | undefined;
}

/** Reads one span with one request; an unanswered request is repeated. */
export async function readWithRetry(
  unit: Unit,
  span: Span,
): Promise<Result<Uint16Array, ModbusFault>> {
  const { reader, unitId, functionCode, timeoutMs, signal } = unit;
  for (let attempt = 0;; attempt++) {
    const answer = await reader.read(
      { unitId, functionCode, ...span, timeoutMs },
      signal,
    );
    if (answer.ok || attempt >= TIMEOUT_RETRIES) return answer;
    const { kind } = answer.fault;
    if (kind === "exception" || kind === "unreachable") return answer;
  }
}

/**
 * Reads a span and splits it where it is refused. Larger parts are read first, so
 * that {@linkcode SPLIT_REQUESTS_MAX} leaves as few registers unread as possible.
 *
 * @returns a fault only if the device no longer answers.
 */
export async function readInParts(
  unit: Unit,
  span: Span,
): Promise<Result<PartialRead, ModbusFault>> {
  const registers = new Array<number | null>(span.count).fill(null);
  const pending = split(span, unit.countMax ?? REGISTERS_PER_READ_MAX);
  const requestsMax = pending.length + SPLIT_REQUESTS_MAX;
  let refusal: ModbusFault | undefined;
  for (let requests = 0; requests < requestsMax; requests++) {
    const part = pending.shift();
    if (part === undefined) break;
    const answer = await readWithRetry(unit, part);
    if (answer.ok) {
      answer.value.forEach((register, at) => {
        registers[part.address - span.address + at] = register;
      });
      continue;
    }
    if (answer.fault.kind !== "exception") return bad(answer.fault);
    refusal ??= answer.fault;
    if (part.count > 1 && isPermanentRefusal(answer.fault)) {
      pending.push(...halve(part));
    }
  }
  return good({ registers, refusal });
}

/** Whether a fault is an exception that concerns the address and not a temporary condition. */
export function isPermanentRefusal(fault: ModbusFault): boolean {
  if (fault.kind !== "exception") return false;
  return fault.code === EXCEPTION.illegalFunction ||
    fault.code === EXCEPTION.illegalDataAddress ||
    fault.code === EXCEPTION.illegalDataValue ||
    fault.code === EXCEPTION.deviceFailure;
}

function split({ address, count }: Span, countMax: number): Span[] {
  const parts: Span[] = [];
  for (let at = 0; at < count; at += countMax) {
    parts.push({ address: address + at, count: Math.min(countMax, count - at) });
  }
  return parts;
}

function halve({ address, count }: Span): Span[] {
  const half = Math.ceil(count / 2);
  return [{ address, count: half }, { address: address + half, count: count - half }];
}
