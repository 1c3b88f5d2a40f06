/**
 * What a scan has to say of one address. Pure.
 *
 * @module
 */

import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import type { SeenDevice } from "../device/duplicates.ts";
import type { UnitScan } from "./unit_scan.ts";
import type { UnitAnswer } from "./unit_walk.ts";

/** What an address turned out to be. */
export type AddressState =
  /** There are SunSpec devices. */
  | "found"
  /** It speaks Modbus, and no unit that was asked is a SunSpec device. */
  | "no-sunspec"
  /** It takes connections and says nothing. */
  | "mute"
  /** It takes connections and closes them at once: likely another client holds its only one. */
  | "hangs-up"
  /** Something else than Modbus listens there. */
  | "foreign"
  /** Somebody is there, and nobody listens at this port. */
  | "refused"
  /** Nobody is there, or a firewall is between. */
  | "silent"
  /** No name server knows it. */
  | "unknown-host";

/** What was learned of one address. */
export interface AddressReport {
  readonly host: string;
  readonly port: number;
  readonly state: AddressState;
  readonly devices: readonly SeenDevice[];
  /** Units that were asked, in their order. */
  readonly asked: readonly number[];
  /** Units that were not asked although they were to be. */
  readonly notAsked: readonly number[];
  /** Why no device was found, in words; null where there is one. */
  readonly detail: string | null;
  /** Whether it took too long, or the scan was called off, before it was done. */
  readonly cut: boolean;
}

/** The report of an address to which no connection was made. */
export function unreached(
  host: string,
  port: number,
  fault: ModbusFault,
  notAsked: readonly number[],
): AddressReport {
  const why = fault.kind === "unreachable" ? fault.why : "other";
  const state: AddressState = why === "refused" || why === "unknown-host"
    ? why
    : why === "reset"
    ? "hangs-up"
    : "silent";
  const detail = describeFault(fault);
  return { host, port, state, devices: [], asked: [], notAsked, detail, cut: false };
}

/** The report of an address whose units were asked. */
export function reportOf(host: string, port: number, units: UnitScan): AddressReport {
  const { found, answers, notAsked, words, cut } = units;
  const devices = found.map(({ layout, echoIds }): SeenDevice => ({
    at: { host, port, unitId: layout.unitId },
    layout,
    also: echoIds.map((unitId) => ({ host, port, unitId })),
  }));
  const [telling, state] =
    STATES.find(([answer]) => [...answers.values()].includes(answer)) ?? MUTE;
  const detail = devices.length > 0 ? null : words.get(telling) ?? null;
  const asked = [...answers.keys()];
  return { host, port, state, devices, asked, notAsked, detail, cut };
}

const MUTE = ["silent", "mute"] as const;

/** What an address is by the most telling answer of its units: those come first. */
const STATES: readonly (readonly [UnitAnswer, AddressState])[] = [
  ["found", "found"],
  ["absent", "no-sunspec"],
  ["foreign", "foreign"],
  ["hung-up", "hangs-up"],
  ["lost", "hangs-up"],
  MUTE,
];
