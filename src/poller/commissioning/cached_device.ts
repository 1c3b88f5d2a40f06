/**
 * Devices across restarts: what is kept of one that answers, and what of it is
 * taken up at the next start, so that a known device is polled without a walk
 * along its chain.
 *
 * @module
 */

import type { DeviceMemory } from "../../device/device_cache.ts";
import { effectiveQuirks } from "../../device/quirks.ts";
import type { FoundPace } from "../../modbus/pause_detector.ts";
import type { Device, Known } from "../device.ts";
import { learn, type LearnParts, withLimits } from "./commissioning.ts";

/**
 * Takes up what is remembered of a device, once after a start. It is not
 * believed yet: the greeting reads the marker, the first poll every header and
 * the identity, and a difference means discovery. What it needs holds from the
 * first connect on. What it needs holds from the
 * first connect on.
 *
 * @returns undefined if there is nothing, or nothing that fits its settings.
 */
export async function recall(
  device: Device,
  parts: LearnParts,
): Promise<Known | undefined> {
  if (device.recalled) return undefined;
  device.recalled = true;
  const { entry } = device;
  const remembered = parts.memory.get(entry.key);
  if (remembered === undefined) return undefined;
  device.quirks = { ...device.quirks, learned: remembered.learned };
  const { layout } = remembered;
  if (layout === null || layout.unitId !== entry.unitId) return undefined;
  const { base = layout.base, functionCode = layout.functionCode } = effectiveQuirks(
    device.quirks,
  );
  // It may stand one register beside where it was said to be.
  if (Math.abs(layout.base - base) > 1) return undefined;
  if (layout.functionCode !== functionCode) return undefined;
  // It was believed when it was remembered.
  device.cutChain = layout.models.length;
  const learned = await learn(device, layout, parts);
  if (!learned.ok) return undefined;
  const { limits, ...known } = learned.value;
  // One that was polled before it left and came back is in its grid already.
  device.eager = device.schedule.startedMs === null;
  return withLimits({ ...known, identity: layout.identity }, limits);
}

/** Takes in what the connection found the device to need. Returns whether it is news. */
export function learnPace(device: Device, { gapMs, connectGapMs }: FoundPace): boolean {
  if (gapMs === 0 && connectGapMs === 0) return false;
  const { learned = {} } = device.quirks;
  const more = {
    ...(gapMs > (learned.gapMs ?? 0) ? { gapMs } : {}),
    ...(connectGapMs > (learned.connectGapMs ?? 0) ? { connectGapMs } : {}),
  };
  if (Object.keys(more).length === 0) return false;
  device.quirks = { ...device.quirks, learned: { ...learned, ...more } };
  return true;
}

/** Keeps what a good poll has confirmed. */
export function remember(device: Device, known: Known, memory: DeviceMemory): void {
  const { entry, deviceId, quirks } = device;
  const { layout, identity = layout.identity } = known;
  memory.set(entry.key, {
    deviceId: entry.deviceId === null ? deviceId : null,
    layout: { ...layout, identity },
    learned: quirks.learned ?? {},
  });
}
