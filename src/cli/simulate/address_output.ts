/**
 * How the devices of a simulation are read: a command, and tables of a configuration.
 * Pure.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";
import type { DeviceTable } from "../../config/device_tables.ts";
import { STANDARD_BASES } from "../../discovery/probe.ts";
import type { SimulatedDevice } from "../../simulator/devices/simulated_device.ts";
import type { PlantAddress } from "../../simulator/plant/start_plant.ts";

/** The command that reads the first device of an address. */
export function readCommandOf(
  { host, port, unitIds, devices: [name] }: PlantAddress,
  devices: readonly SimulatedDevice[],
): string {
  const base = baseOf(name, devices);
  return `sunspec-collector read ${formatAddress(host, port)} --unit ${unitIds[0]}` +
    (base === null ? "" : ` --base ${base}`);
}

/**
 * The `[[devices]]` tables of an address: one for all units, and one more for each base
 * address that must be configured.
 */
export function deviceTablesOf(
  { name: id, host, port, unitIds, devices: names }: PlantAddress,
  devices: readonly SimulatedDevice[],
): DeviceTable[] {
  const units = new Map<number | null, number[]>();
  names.forEach((name, at) => {
    const base = baseOf(name, devices);
    const unitId = unitIds[at];
    if (unitId !== undefined) units.set(base, [...units.get(base) ?? [], unitId]);
  });
  return [...units].map(([base, ids], nth) => ({
    id: nth === 0 ? id : `${id}-${base ?? "standard"}`,
    host,
    port,
    unitIds: ids,
    ...(base === null ? {} : { settings: { base } }),
  }));
}

/** The base address of a device; null if it is one of those that are tried. */
function baseOf(
  name: string | undefined,
  devices: readonly SimulatedDevice[],
): number | null {
  const base = devices.find((device) => device.name === name)?.image.base;
  return base === undefined || STANDARD_BASES.includes(base) ? null : base;
}
