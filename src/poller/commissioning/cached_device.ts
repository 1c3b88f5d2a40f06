/**
 * Loads and saves the cached layout of a device, so that a known device is polled
 * after a restart without reading its model chain.
 *
 * @module
 */

import type { DeviceCache } from "../../device/device_cache.ts";
import { effectiveQuirks } from "../../device/quirks.ts";
import type { RequestPauses } from "../../modbus/pause_detector.ts";
import type { Device, KnownLayout } from "../device.ts";
import {
  commission,
  type CommissioningDependencies,
  withLimits,
} from "./commissioning.ts";

/**
 * Loads the cached layout of a device, once after a start. It is verified before it is
 * used: the probe reads the marker, the first poll reads every model header and the
 * identity, and a difference leads to a discovery. The learned quirks apply from the
 * first connect on.
 *
 * @returns undefined if there is none, or if it does not match the settings.
 */
export async function loadCached(
  device: Device,
  dependencies: CommissioningDependencies,
): Promise<KnownLayout | undefined> {
  if (device.cacheRead) return undefined;
  device.cacheRead = true;
  const { entry } = device;
  const cached = dependencies.cache.get(entry.key);
  if (cached === undefined) return undefined;
  device.quirks = { ...device.quirks, learned: cached.learned };
  const { layout } = cached;
  if (layout === null || layout.unitId !== entry.unitId) return undefined;
  const { base = layout.base, functionCode = layout.functionCode } = effectiveQuirks(
    device.quirks,
  );
  // Discovery also finds a device one register beside its configured base.
  if (Math.abs(layout.base - base) > 1) return undefined;
  if (layout.functionCode !== functionCode) return undefined;
  // An incomplete chain was accepted before it was cached.
  device.incompleteChain = layout.models.length;
  const commissioned = await commission(device, layout, dependencies);
  if (!commissioned.ok) return undefined;
  const { limits, ...known } = commissioned.value;
  // A device that returns to the roster has started a slot already.
  device.pollsImmediately = device.schedule.startedMs === null;
  return withLimits({ ...known, identity: layout.identity }, limits);
}

/** Stores the pauses that the connection found necessary. Returns whether they are new. */
export function learnPauses(
  device: Device,
  { gapMs, connectGapMs }: RequestPauses,
): boolean {
  if (gapMs === 0 && connectGapMs === 0) return false;
  const { learned = {} } = device.quirks;
  const longer = {
    ...(gapMs > (learned.gapMs ?? 0) ? { gapMs } : {}),
    ...(connectGapMs > (learned.connectGapMs ?? 0) ? { connectGapMs } : {}),
  };
  if (Object.keys(longer).length === 0) return false;
  device.quirks = { ...device.quirks, learned: { ...learned, ...longer } };
  return true;
}

/** Caches what a successful poll has confirmed. */
export function saveCached(
  device: Device,
  known: KnownLayout,
  cache: DeviceCache,
): void {
  const { entry, deviceId, quirks } = device;
  const { layout, identity = layout.identity } = known;
  cache.set(entry.key, {
    deviceId: entry.deviceId === null ? deviceId : null,
    layout: { ...layout, identity },
    learned: quirks.learned ?? {},
  });
}
