/**
 * What must hold between the tables of `[[devices]]`.
 *
 * @module
 */

import type { Ruling } from "./rule_violation.ts";
import type { DeviceConfig } from "../schema/schema.ts";
import { addressKey, unitsOf } from "../configured_units.ts";

/** A table and where it stands in the file, from 0. */
export type PlacedDevice = readonly [at: number, device: DeviceConfig];

/** Checks the tables against each other. */
export function findDeviceFaults(devices: readonly PlacedDevice[]): readonly Ruling[] {
  return [...nameFaults(devices), ...unitFaults(devices), ...paceFaults(devices)];
}

/** No two units of one name: their readings could not be told apart. */
function* nameFaults(devices: readonly PlacedDevice[]): Generator<Ruling> {
  const owners = new Map<string, number>();
  for (const [at, device] of devices) {
    for (const { id } of unitsOf(device)) {
      if (id === null) continue;
      const owner = owners.get(id);
      owners.set(id, owner ?? at);
      if (owner === undefined || owner === at) continue;
      yield {
        severity: "error",
        path: ["devices", at, "id"],
        found: `${JSON.stringify(id)}, which devices[${owner}] is called too`,
        wanted: "a name of its own for every unit",
        hint: null,
      };
    }
  }
}

/** No unit twice. */
function* unitFaults(devices: readonly PlacedDevice[]): Generator<Ruling> {
  const owners = new Map<string, number>();
  for (const [at, device] of devices) {
    for (const { unitId } of unitsOf(device)) {
      const key = `${addressKey(device)} unit ${unitId}`;
      const owner = owners.get(key);
      owners.set(key, owner ?? at);
      if (owner === undefined || owner === at) continue;
      yield {
        severity: "error",
        path: ["devices", at, "unit_ids"],
        found: `${key}, which devices[${owner}] reads too`,
        wanted: "every unit of an address once",
        hint: null,
      };
    }
  }
}

/** A poll must be able to fail before the next one is due; one connection has one pace. */
function* paceFaults(devices: readonly PlacedDevice[]): Generator<Ruling> {
  const first = new Map<string, PlacedDevice>();
  for (const [at, device] of devices) {
    if (device.timeout_ms >= device.interval_ms) {
      yield {
        severity: "warning",
        path: ["devices", at, "timeout_ms"],
        found: String(device.timeout_ms),
        wanted:
          `less than interval_ms (${device.interval_ms}): one silent request makes it miss the next slot`,
        hint: null,
      };
    }
    const key = addressKey(device);
    const owner = first.get(key);
    if (owner === undefined) {
      first.set(key, [at, device]);
      continue;
    }
    for (const setting of ["gap_ms", "connect_timeout_ms"] as const) {
      const other = owner[1][setting];
      if (other === device[setting]) continue;
      yield {
        severity: "warning",
        path: ["devices", at, setting],
        found: String(device[setting] ?? 0),
        wanted: `${other ?? 0}, as devices[${
          owner[0]
        }] has it: they share a connection`,
        hint: null,
      };
    }
  }
}
