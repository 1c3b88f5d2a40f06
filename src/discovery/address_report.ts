/**
 * The result of scanning one address. Pure.
 *
 * @module
 */

import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import type { DiscoveredDevice } from "../device/duplicates.ts";
import type { UnitScanResult } from "./unit_scan.ts";
import type { UnitAnswer } from "./unit_walk.ts";

/** What a scan found at an address. */
export type AddressState =
  /** One or more SunSpec devices. */
  | "found"
  /** A Modbus server, but none of the probed units is a SunSpec device. */
  | "no-sunspec"
  /** The host accepts connections but does not respond. */
  | "unresponsive"
  /** The host accepts connections and closes them immediately; its only session is probably in use. */
  | "drops-connection"
  /** A protocol other than Modbus. */
  | "foreign"
  /** The host refused the connection: the port is closed. */
  | "refused"
  /** No reply to the connection attempt: no host, or a firewall. */
  | "silent"
  /** The host name cannot be resolved. */
  | "unknown-host";

/** The result of scanning one address. */
export interface AddressReport {
  readonly host: string;
  readonly port: number;
  readonly state: AddressState;
  readonly devices: readonly DiscoveredDevice[];
  /** Unit ids that were probed, in order. */
  readonly asked: readonly number[];
  /** Requested unit ids that were not probed. */
  readonly notAsked: readonly number[];
  /** Why no device was found, as text; null if one was found. */
  readonly detail: string | null;
  /** Whether a time limit or the end of the scan stopped it early. */
  readonly cut: boolean;
}

/** Reports an address to which no connection was made. */
export function unreachableReport(
  host: string,
  port: number,
  fault: ModbusFault,
  notAsked: readonly number[],
): AddressReport {
  const why = fault.kind === "unreachable" ? fault.why : "other";
  const state: AddressState = why === "refused" || why === "unknown-host"
    ? why
    : why === "reset"
    ? "drops-connection"
    : "silent";
  const detail = describeFault(fault);
  return { host, port, state, devices: [], asked: [], notAsked, detail, cut: false };
}

/** Reports an address whose units were probed. */
export function unitScanReport(
  host: string,
  port: number,
  units: UnitScanResult,
): AddressReport {
  const { found, answers, notAsked, details, cut } = units;
  const devices = found.map(({ layout, aliasIds }): DiscoveredDevice => ({
    at: { host, port, unitId: layout.unitId },
    layout,
    aliases: aliasIds.map((unitId) => ({ host, port, unitId })),
  }));
  const [decisive, state] =
    STATES.find(([answer]) => [...answers.values()].includes(answer)) ?? UNRESPONSIVE;
  const detail = devices.length > 0 ? null : details.get(decisive) ?? null;
  const asked = [...answers.keys()];
  return { host, port, state, devices, asked, notAsked, detail, cut };
}

const UNRESPONSIVE = ["silent", "unresponsive"] as const;

/** The state of an address by the responses of its units; the first response that occurred decides. */
const STATES: readonly (readonly [UnitAnswer, AddressState])[] = [
  ["found", "found"],
  ["absent", "no-sunspec"],
  ["foreign", "foreign"],
  ["dropped", "drops-connection"],
  ["lost", "drops-connection"],
  UNRESPONSIVE,
];
