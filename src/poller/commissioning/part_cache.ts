/**
 * Keeps the parts of a device up to date with its polls, and stores their numbers in
 * the device cache.
 *
 * @module
 */

import type { DeviceCache } from "../../device/device_cache.ts";
import type { IdRegistry } from "../../device/id_registry.ts";
import type { Clock } from "../../base/clock.ts";
import type { ChainSegment } from "../../sunspec/chain_parts.ts";
import type { Device } from "../device.ts";
import type { RegisterReading } from "../read_registers.ts";
import {
  type DeviceParts,
  isWorthCaching,
  recogniseParts,
  withInstances,
} from "./device_parts.ts";

/** The interfaces that {@linkcode updateParts} uses. */
export interface PartDependencies {
  readonly cache: DeviceCache;
  readonly ids: IdRegistry;
  readonly clock: Clock;
}

/** Numbers the parts that a successful poll has read. */
export function updateParts(
  device: Device,
  { identities }: RegisterReading,
  segments: readonly ChainSegment[],
  { cache, ids, clock }: PartDependencies,
): void {
  const { parts, identity, entry: { key } } = device;
  if (parts === undefined || identity === null) return;
  const { deviceId } = parts;
  const reading = { segments, identities, identity, nowMs: clock.monotonicMs() };
  const next = recogniseParts(parts, reading, (number) => {
    const owner = ids.ownerOf(`${deviceId}.${number}`);
    return owner !== undefined && owner !== key;
  });
  replaceParts(device, next, cache);
}

/** Stores how many inverters and meters the device itself has, as its records state. */
export function noteInstances(
  device: Device,
  instances: number,
  cache: DeviceCache,
): void {
  const { parts } = device;
  if (parts !== undefined) replaceParts(device, withInstances(parts, instances), cache);
}

function replaceParts(device: Device, next: DeviceParts, cache: DeviceCache): void {
  const { parts: before } = device;
  device.parts = next;
  const { deviceId, registry } = next;
  if (registry !== before?.registry && isWorthCaching(registry)) {
    cache.setParts(deviceId, registry);
  }
}
