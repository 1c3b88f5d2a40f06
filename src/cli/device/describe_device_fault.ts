/**
 * Describes to a user why no device was found, with the command to try next.
 *
 * @module
 */

import { formatHost, type HostPort } from "../../base/network/address.ts";
import { describeDiscoveryFault, type DiscoveryFault } from "../../discovery/probe.ts";
import { hexLiteral } from "../../discovery/describe_fault.ts";

/** Every command that describes a fault here has the option. */
const BASE_HINT = "the marker is at another address: give it with --base <ADDRESS>";

/**
 * Describes a fault.
 *
 * @param address of the device; null for a dump.
 */
export function describeDeviceFault(
  fault: DiscoveryFault,
  address: HostPort | null,
): string {
  if (fault.kind !== "no-unit" || address === null) {
    return describeDiscoveryFault(fault, BASE_HINT);
  }
  const { host, port } = address;
  return `No device at unit ${fault.unitId} (Modbus exception ${
    hexLiteral(fault.code, 2)
  }). Try: scan ${formatHost(host)} --ports ${port} --all-units`;
}

/** Whether a fault means that the device cannot be reached, and not that it is unsuitable. */
export function isUnavailable({ kind }: DiscoveryFault): boolean {
  return kind === "unreachable" || kind === "no-answer" || kind === "no-unit";
}
