/**
 * The devices that earlier scans found, and how they are tracked when they move.
 * Pure.
 *
 * @module
 */

import { formatAddress } from "../base/network/address.ts";
import { isObject } from "../base/is_object.ts";
import {
  type DiscoveredDevice,
  identityKey,
  type UnitAddress,
} from "../device/duplicates.ts";
import type { Identity } from "../sunspec/identity.ts";

/** Maximum number of known devices. */
const KNOWN_DEVICES_MAX = 1_000;

/** A device that a scan found, with its latest address. It is kept when it disappears. */
export interface KnownDevice {
  readonly at: UnitAddress;
  readonly identity: Identity;
}

/** What a scan changed. */
export interface KnownDeviceChanges {
  readonly added: readonly DiscoveredDevice[];
  readonly moved: readonly {
    readonly from: UnitAddress;
    readonly to: DiscoveredDevice;
  }[];
  /** Devices that were not added because {@linkcode KNOWN_DEVICES_MAX} is reached. */
  readonly overflow: readonly DiscoveredDevice[];
}

/** The progress of the scan, and what polling reports. */
export interface ScanState {
  /** Whether every address was scanned, so that a device that was not found is gone. */
  readonly complete: boolean;
  /** Whether the device at an address answers its polls. */
  readonly isResponding: (address: UnitAddress) => boolean;
}

/**
 * Merges the devices that a scan found into the known ones. A device is recognised
 * by manufacturer, model and serial number; without a unique serial number, by its
 * address. It has moved if it was found at another address, the scan is complete, and
 * no device was found or answers at its former address.
 */
export function mergeScan(
  known: readonly KnownDevice[],
  found: readonly DiscoveredDevice[],
  { complete, isResponding }: ScanState,
): { readonly known: readonly KnownDevice[]; readonly changes: KnownDeviceChanges } {
  const byAddress = new Map(known.map((device) => [addressKey(device.at), device]));
  const foundAddresses = new Set(found.flatMap(addressesOf).map(addressKey));
  const added: DiscoveredDevice[] = [];
  const moved: { from: UnitAddress; to: DiscoveredDevice }[] = [];
  const overflow: DiscoveredDevice[] = [];
  for (const device of found) {
    const { at, layout: { identity } } = device;
    const key = identityKey(identity);
    const here = addressesOf(device).map(addressKey).find((one) => byAddress.has(one));
    const former = [...byAddress.values()].find((other) =>
      key !== undefined && identityKey(other.identity) === key &&
      addressKey(other.at) !== here
    );
    const hasMoved = former !== undefined && complete && !isResponding(former.at) &&
      !foundAddresses.has(addressKey(former.at));
    if (hasMoved) {
      byAddress.delete(addressKey(former.at));
      moved.push({ from: former.at, to: device });
    }
    if (here !== undefined) {
      // The same device as before, or one that replaces it.
      byAddress.set(here, { at: byAddress.get(here)?.at ?? at, identity });
    } else if (hasMoved) byAddress.set(addressKey(at), { at, identity });
    else if (former !== undefined) continue; // It answers at two addresses, or may still.
    else if (byAddress.size >= KNOWN_DEVICES_MAX) overflow.push(device);
    else {
      byAddress.set(addressKey(at), { at, identity });
      added.push(device);
    }
  }
  return { known: [...byAddress.values()], changes: { added, moved, overflow } };
}

function addressesOf({ at, aliases }: DiscoveredDevice): readonly UnitAddress[] {
  return [at, ...aliases];
}

function addressKey({ host, port, unitId }: UnitAddress): string {
  return `${formatAddress(host, port)}/${unitId}`;
}

/** Parses the file of known devices; invalid entries are ignored. */
export function parseKnownDevices(value: unknown): readonly KnownDevice[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isKnownDevice).slice(0, KNOWN_DEVICES_MAX);
}

function isKnownDevice(value: unknown): value is KnownDevice {
  if (!isObject(value)) return false;
  const { at, identity } = value;
  if (!isObject(at) || !isObject(identity)) return false;
  const { host, port, unitId } = at;
  const texts = ["manufacturer", "model", "options", "firmware", "serial"]
    .map((name) => identity[name]);
  return typeof host === "string" && isWhole(port, 65_535) && isWhole(unitId, 255) &&
    texts.every((text) => text === null || typeof text === "string");
}

function isWhole(value: unknown, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}
