/**
 * What a request may be, and what an answer asks for.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import { EXCEPTION, type ModbusFault } from "./faults.ts";
import { type ReadRequest, REGISTERS_PER_READ_MAX } from "./reader.ts";

/** "Acknowledge": the device has understood and answers later (Modbus Application Protocol 1.1b3, section 7). */
const ACKNOWLEDGE = 0x05;

/** The number of addresses of a table. */
const ADDRESSES = 65_536;

/**
 * Lets pass only what the protocol can say and this program may ask.
 *
 * @throws {RangeError} for anything else: a bug of the caller.
 */
export function assertReadable(request: ReadRequest): void {
  const { unitId, functionCode, address, count, timeoutMs } = request;
  // A number from outside the type system must not become a write.
  if (functionCode !== 3 && functionCode !== 4) {
    throw new RangeError(
      `Cannot ask with function code ${functionCode}: only 3 and 4 read`,
    );
  }
  within("unit id", unitId, 0, 255);
  within("count", count, 1, REGISTERS_PER_READ_MAX);
  within("address", address, 0, ADDRESSES - count);
  if (!(timeoutMs > 0 && timeoutMs < Infinity)) {
    throw new RangeError(`Cannot wait ${timeoutMs} ms for an answer`);
  }
}

/** True if the device asked to be asked again later. */
export function isBusy(answer: Result<unknown, ModbusFault>): boolean {
  if (answer.ok || answer.fault.kind !== "exception") return false;
  return answer.fault.code === EXCEPTION.deviceBusy ||
    answer.fault.code === ACKNOWLEDGE;
}

function within(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `Cannot read: ${what} ${value} is not within ${least}..${most}`,
    );
  }
}
