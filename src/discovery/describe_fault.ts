/**
 * What went wrong in a discovery, for people: which step failed, and what is
 * the likely cause.
 *
 * @module
 */

import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import type { BaseTried, DiscoveryFault } from "./fault.ts";

/** Says which step failed and what the likely cause is. */
export function describeDiscoveryFault(fault: DiscoveryFault): string {
  switch (fault.kind) {
    case "unreachable":
      return `cannot connect: ${describeFault(fault.fault)}. ${likely(fault.fault)}`;
    case "no-answer":
      return `${STEPS[fault.step]}: no answer within ${fault.timeoutMs} ms` +
        ` (unit ${fault.unitId}${triedWords(fault.tried)}). ` +
        "Likely the unit id or the address is wrong, or the device is off";
    case "no-unit":
      return `looking for the SunS marker: the gateway answers exception ${
        hex(fault.code, 2)
      }: unit ${fault.unitId} is not there. Likely the unit id is wrong,` +
        " or the device behind the gateway is off";
    case "not-modbus":
      return `${STEPS[fault.step]}: ${fault.detail}. Likely something else than ` +
        "Modbus TCP listens at this port";
    case "no-sunspec":
      return `unit ${fault.unitId} answers, but the SunS marker is not there` +
        `${triedWords(fault.tried)}. Likely SunSpec is off in the device, ` +
        "or its base address must be configured";
    case "no-models":
      return `the SunS marker stands at ${fault.base}, but no model follows it ` +
        `(${fault.detail})`;
  }
}

const STEPS = {
  marker: "looking for the SunS marker",
  chain: "walking the chain of models",
  identity: "reading the identity (model 1)",
} as const;

function likely(fault: ModbusFault): string {
  if (fault.kind === "closed") {
    return "The device hangs up: likely another client holds its connection";
  }
  if (fault.kind !== "unreachable") return "";
  switch (fault.why) {
    case "refused":
      return "Likely Modbus TCP is off in the device, another client is connected, " +
        "or the port is wrong";
    case "timeout":
      return "Likely the address is wrong, the device is off, or a firewall is between";
    case "no-route":
      return "Likely the address is wrong, or this machine is not in the device's network";
    case "unknown-host":
      return "No name server and no hosts file knows this name";
    case "reset":
      return "The device hangs up: likely another client holds its connection";
    case "other":
      return "The operating system gives no clearer reason";
  }
}

function triedWords(tried: readonly BaseTried[]): string {
  if (tried.length === 0) return "";
  const words = tried.map(({ base, saw }) => `at ${base} ${saw}`);
  return `: ${words.join(", ")}`;
}

/** `0x0B`: a number as Modbus documents write it. */
export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
}
