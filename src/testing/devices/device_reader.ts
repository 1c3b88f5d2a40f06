/**
 * A {@linkcode RegisterReader} over registers in memory, with the quirks that
 * a test wants; it keeps what it was asked.
 *
 * @module
 */

import { bad, good } from "../../base/result.ts";
import type { ModbusFault } from "../../modbus/faults.ts";
import type { ReadRequest, RegisterReader } from "../../modbus/reader.ts";

/** What the device does otherwise than it should. */
export interface Quirks {
  /** Decides before the registers do; undefined lets them decide. */
  readonly fault?: (request: ReadRequest, nth: number) => ModbusFault | undefined;
  /** The one function code that is answered; 3 if absent. */
  readonly functionCode?: 3 | 4;
}

/** A reader and what it was asked. */
export interface PlayedDevice extends RegisterReader {
  readonly asked: readonly ReadRequest[];
}

/** Makes a reader over `registers`, which begin at `base`; null answers exception 2. */
export function playDevice(
  device: { readonly base: number; readonly registers: readonly (number | null)[] },
  quirks: Quirks = {},
): PlayedDevice {
  const asked: ReadRequest[] = [];
  return {
    asked,
    read(request, signal) {
      signal.throwIfAborted();
      asked.push(request);
      const fault = quirks.fault?.(request, asked.length);
      if (fault !== undefined) return Promise.resolve(bad(fault));
      const code = refusal(request);
      if (code !== undefined) return Promise.resolve(bad({ kind: "exception", code }));
      const from = request.address - device.base;
      const found = device.registers.slice(from, from + request.count);
      return Promise.resolve(
        good(Uint16Array.from(found, (register) => register ?? 0)),
      );
    },
  };

  function refusal(request: ReadRequest): number | undefined {
    if (request.functionCode !== (quirks.functionCode ?? 3)) return 1;
    for (let at = 0; at < request.count; at++) {
      const register = device.registers[request.address - device.base + at];
      if (register === undefined || register === null) return 2;
    }
    return undefined;
  }
}
