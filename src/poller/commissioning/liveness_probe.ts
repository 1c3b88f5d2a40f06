/**
 * Whether a unit that is known still answers: one short read, so that a silent
 * unit costs those beside it one deadline and no more.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { DiscoveryFault } from "../../discovery/probe.ts";
import { EXCEPTION, type ModbusFault } from "../../modbus/faults.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import type { SampledUnit } from "../sample.ts";

/** "SunS", the marker (SunSpec Device Information Model Specification, "Base address"). */
const MARKER: readonly number[] = [0x5375, 0x6e53];

/**
 * Reads the marker where it stood.
 *
 * @returns whether it still stands there; false also if the device refuses the read.
 * @throws the reason of `signal`.
 */
export async function greetUnit(
  reader: RegisterReader,
  unit: SampledUnit & { readonly base: number },
  options: { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Result<boolean, DiscoveryFault>> {
  const { unitId, functionCode, base: address } = unit;
  const { timeoutMs } = options;
  const answer = await reader.read(
    { unitId, functionCode, address, count: MARKER.length, timeoutMs },
    signal,
  );
  if (answer.ok) {
    return good(MARKER.every((register, at) => answer.value[at] === register));
  }
  const fault = toDiscoveryFault(answer.fault, unitId, timeoutMs);
  return fault === undefined ? good(false) : bad(fault);
}

/** Undefined if the device answers, but otherwise than before. */
function toDiscoveryFault(
  fault: ModbusFault,
  unitId: number,
  timeoutMs: number,
): DiscoveryFault | undefined {
  switch (fault.kind) {
    case "exception": {
      const { code } = fault;
      const absent = code === EXCEPTION.gatewayPathUnavailable ||
        code === EXCEPTION.gatewayTargetFailedToRespond;
      return absent ? { kind: "no-unit", unitId, code } : undefined;
    }
    case "timeout":
      return { kind: "no-answer", step: "marker", unitId, timeoutMs, tried: [] };
    case "protocol":
      return { kind: "not-modbus", step: "marker", unitId, detail: fault.detail };
    case "unreachable":
    case "closed":
      return { kind: "unreachable", fault };
  }
}
