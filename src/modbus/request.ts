/**
 * Validates requests and recognises answers that ask for a retry. Pure.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import { EXCEPTION, type ModbusFault } from "./faults.ts";
import {
  ADDRESS_COUNT,
  REGISTERS_PER_READ_MAX,
} from "../base/network/modbus_protocol.ts";
import type { ReadRequest } from "./reader.ts";

/** Acknowledge: the device needs more time (Modbus Application Protocol 1.1b3, 7). */
const ACKNOWLEDGE = 0x05;

/**
 * Checks that a request only reads and that its numbers are valid.
 *
 * @throws {RangeError} If it does not, which is a bug of the caller.
 */
export function assertReadable(request: ReadRequest): void {
  const { unitId, functionCode, address, count, timeoutMs } = request;
  // Checked although the type excludes it: a write must be impossible.
  if (functionCode !== 3 && functionCode !== 4) {
    throw new RangeError(
      `Cannot send function code ${functionCode}: only 3 and 4 are permitted`,
    );
  }
  assertWithin("unit id", unitId, 0, 255);
  assertWithin("count", count, 1, REGISTERS_PER_READ_MAX);
  assertWithin("address", address, 0, ADDRESS_COUNT - count);
  if (!(timeoutMs > 0 && timeoutMs < Infinity)) {
    throw new RangeError(`Cannot wait ${timeoutMs} ms for a response`);
  }
}

/** Whether the device is busy, so that the request should be repeated later. */
export function isBusy(answer: Result<unknown, ModbusFault>): boolean {
  if (answer.ok || answer.fault.kind !== "exception") return false;
  return answer.fault.code === EXCEPTION.deviceBusy ||
    answer.fault.code === ACKNOWLEDGE;
}

function assertWithin(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot read: ${what} ${value} is not within ${min}..${max}`);
  }
}
