/**
 * Describes why discovery failed: the step that failed and the likely cause.
 *
 * @module
 */

import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import type { DiscoveryFault, TriedBase } from "./discovery_fault.ts";

/**
 * Describes the failed step and the likely cause.
 *
 * @param baseHint how the user gives the base address of the device.
 */
export function describeDiscoveryFault(
  fault: DiscoveryFault,
  baseHint = "its base address must be configured",
): string {
  switch (fault.kind) {
    case "unreachable":
      return `cannot connect: ${describeFault(fault.fault)}. ${likely(fault.fault)}`;
    case "no-answer":
      return `${STEPS[fault.step]}: no response within ${fault.timeoutMs} ms` +
        ` (unit ${fault.unitId}${describeTried(fault.tried)}). ` +
        "Probably the unit id or the address is wrong, or the device is off";
    case "no-unit":
      return `no device at unit ${fault.unitId} (Modbus exception ${
        hexLiteral(fault.code, 2)
      } from the gateway). Probably the unit id is wrong, or the device behind the ` +
        "gateway is off";
    case "not-modbus":
      return `${STEPS[fault.step]}: ${fault.detail}. Probably a service other than ` +
        "Modbus TCP listens on this port";
    case "no-sunspec":
      return `unit ${fault.unitId} responds, but the SunS marker was not found` +
        `${describeTried(fault.tried)}. Probably SunSpec is disabled in the device, ` +
        `or ${baseHint}`;
    case "no-models":
      return `the SunS marker is at ${fault.base}, but no model follows it ` +
        `(${fault.detail})`;
  }
}

const STEPS = {
  marker: "looking for the SunS marker",
  chain: "walking the model chain",
  identity: "reading the identity (model 1)",
} as const;

const DROPPED =
  "The device closes the connection: likely another client uses its only session";

function likely(fault: ModbusFault): string {
  if (fault.kind === "closed") return DROPPED;
  if (fault.kind !== "unreachable") return "";
  switch (fault.why) {
    case "refused":
      return "Probably Modbus TCP is off in the device, another client is connected, " +
        "or the port is wrong";
    case "timeout":
      return "Probably the address is wrong, the device is off, or a firewall blocks " +
        "the connection";
    case "no-route":
      return "Probably the address is wrong, or this machine is not in the device's network";
    case "unknown-host":
      return "The name is not in DNS or the hosts file";
    case "reset":
      return DROPPED;
    case "other":
      return "The operating system reports no specific reason";
  }
}

function describeTried(tried: readonly TriedBase[]): string {
  if (tried.length === 0) return "";
  const outcomes = tried.map(({ base, outcome }) => `at ${base} ${outcome}`);
  return `: ${outcomes.join(", ")}`;
}

/** Formats a number as Modbus documents do: `0x0B`. */
export function hexLiteral(value: number, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
}
