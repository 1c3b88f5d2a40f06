/**
 * Rules between the tables of `[[devices]]`.
 *
 * @module
 */

import { configuredAddress, unitsOf } from "../configured_units.ts";
import type { DeviceConfig } from "../schema/schema.ts";
import { errorAt, type Violation, warningAt } from "./violation.ts";

/** A table and its index in the file, from 0. */
export type PlacedDevice = readonly [at: number, device: DeviceConfig];

/** Checks the tables against each other. */
export function findDeviceFaults(
  devices: readonly PlacedDevice[],
): readonly Violation[] {
  return [
    ...idFaults(devices),
    ...subDeviceFaults(devices),
    ...unitFaults(devices),
    ...paceFaults(devices),
  ];
}

/** Two units with the same id could not be told apart in the records. */
function* idFaults(devices: readonly PlacedDevice[]): Generator<Violation> {
  const owners = new Map<string, number>();
  for (const [at, device] of devices) {
    for (const { id } of unitsOf(device)) {
      if (id === null) continue;
      const owner = owners.get(id);
      owners.set(id, owner ?? at);
      if (owner === undefined || owner === at) continue;
      const found = `${JSON.stringify(id)}, which is also the id of devices[${owner}]`;
      yield errorAt(["devices", at, "id"], found, "a unique id for each unit");
    }
  }
}

/** Sub-devices and further inverters of a device `plant` have the ids `plant.1`, `plant.1.2`. */
function* subDeviceFaults(devices: readonly PlacedDevice[]): Generator<Violation> {
  const owners = new Map(
    devices.flatMap(([at, device]) =>
      unitsOf(device).flatMap(({ id }) => id === null ? [] : [[id, at] as const])
    ),
  );
  for (const [at, device] of devices) {
    for (const { id } of unitsOf(device)) {
      const parent = id === null
        ? undefined
        : parentIds(id).find((each) => owners.has(each));
      if (parent === undefined) continue;
      const name = JSON.stringify(parent);
      yield errorAt(
        ["devices", at, "id"],
        `${JSON.stringify(id)}, which is the id of a sub-device of devices[${
          owners.get(parent)
        }], ${name}`,
        `an id other than ${name} with a number`,
      );
    }
  }
}

/** The ids of which `id` may be a sub-device: those before `.<n>` and `.<n>.<n>`. */
function parentIds(id: string): string[] {
  const found: string[] = [];
  for (let rest = id; found.length < 2;) {
    const parent = /^(.+)\.[1-9]\d*$/.exec(rest)?.[1];
    if (parent === undefined) break;
    found.push(parent);
    rest = parent;
  }
  return found;
}

/** A unit may be configured only once. */
function* unitFaults(devices: readonly PlacedDevice[]): Generator<Violation> {
  const owners = new Map<string, number>();
  for (const [at, device] of devices) {
    for (const { unitId } of unitsOf(device)) {
      const key = `${configuredAddress(device)} unit ${unitId}`;
      const owner = owners.get(key);
      owners.set(key, owner ?? at);
      if (owner === undefined || owner === at) continue;
      yield errorAt(
        ["devices", at, "unit_ids"],
        `${key}, which devices[${owner}] also polls`,
        "each unit of an address listed once",
      );
    }
  }
}

/**
 * A request must be able to time out before the next slot; a connection has one pace.
 */
function* paceFaults(devices: readonly PlacedDevice[]): Generator<Violation> {
  const first = new Map<string, PlacedDevice>();
  for (const [at, device] of devices) {
    if (device.timeout_ms >= device.interval_ms) {
      yield warningAt(
        ["devices", at, "timeout_ms"],
        String(device.timeout_ms),
        `less than interval_ms (${device.interval_ms})`,
        "One unanswered request makes the device miss its next slot.",
      );
    }
    const key = configuredAddress(device);
    const owner = first.get(key);
    if (owner === undefined) {
      first.set(key, [at, device]);
      continue;
    }
    for (const setting of ["gap_ms", "connect_timeout_ms"] as const) {
      const other = owner[1][setting];
      if (other === device[setting]) continue;
      yield warningAt(
        ["devices", at, setting],
        String(device[setting] ?? 0),
        `${other ?? 0}, as in devices[${owner[0]}]`,
        "Both tables share one connection.",
      );
    }
  }
}
