/**
 * A {@linkcode RegisterReader} over registers in memory, with configurable
 * faults; it records the requests.
 *
 * @module
 */

import { bad, good } from "../../base/result.ts";
import type { ModbusFault } from "../../modbus/faults.ts";
import type { ReadRequest, RegisterReader } from "../../modbus/reader.ts";

/** Options of a reader. */
export interface FakeReaderOptions {
  /** Called before the registers are looked up; returns the fault of the request, or undefined for none. */
  readonly fault?: (request: ReadRequest, nth: number) => ModbusFault | undefined;
  /** The one function code that is answered; 3 if absent. */
  readonly functionCode?: 3 | 4;
}

/** A reader and the requests it received. */
export interface FakeReader extends RegisterReader {
  readonly requests: readonly ReadRequest[];
}

/** Makes a reader over `registers` starting at `base`; null is answered with exception 2. */
export function createFakeReader(
  device: { readonly base: number; readonly registers: readonly (number | null)[] },
  options: FakeReaderOptions = {},
): FakeReader {
  const requests: ReadRequest[] = [];
  return {
    requests,
    read(request, signal) {
      signal.throwIfAborted();
      requests.push(request);
      const fault = options.fault?.(request, requests.length);
      if (fault !== undefined) return Promise.resolve(bad(fault));
      const code = exceptionCode(request);
      if (code !== undefined) return Promise.resolve(bad({ kind: "exception", code }));
      const from = request.address - device.base;
      const found = device.registers.slice(from, from + request.count);
      return Promise.resolve(
        good(Uint16Array.from(found, (register) => register ?? 0)),
      );
    },
  };

  function exceptionCode(request: ReadRequest): number | undefined {
    if (request.functionCode !== (options.functionCode ?? 3)) return 1;
    for (let at = 0; at < request.count; at++) {
      const register = device.registers[request.address - device.base + at];
      if (register === undefined || register === null) return 2;
    }
    return undefined;
  }
}
