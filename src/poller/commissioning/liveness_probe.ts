/**
 * Probes whether a known unit still answers, with one short read, so that a silent unit
 * costs the other units of its address only one deadline.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { DiscoveryFault } from "../../discovery/probe.ts";
import { EXCEPTION, type ModbusFault } from "../../modbus/faults.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import { MARKER_SIZE, SUNS_MARKER } from "../../sunspec/spec.ts";
import type { ReadTarget } from "../read_registers.ts";

/**
 * Reads the marker at its known address.
 *
 * @returns whether the marker was found; also false if the device refuses the read.
 * @throws the reason of `signal`.
 */
export async function probeLiveness(
  reader: RegisterReader,
  unit: ReadTarget & { readonly base: number },
  options: { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Result<boolean, DiscoveryFault>> {
  const { unitId, functionCode, base: address } = unit;
  const { timeoutMs } = options;
  const answer = await reader.read(
    { unitId, functionCode, address, count: MARKER_SIZE, timeoutMs },
    signal,
  );
  if (answer.ok) {
    return good(SUNS_MARKER.every((register, at) => answer.value[at] === register));
  }
  const fault = toDiscoveryFault(answer.fault, unitId, timeoutMs);
  return fault === undefined ? good(false) : bad(fault);
}

/** Undefined if the device answers, but has changed. */
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
