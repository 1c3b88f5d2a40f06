/**
 * What is kept of devices that left the roster, for the day they come back:
 * under another address, with other settings, or as they were. Pure.
 *
 * @module
 */

import type { DevicePast } from "../device.ts";

/** No more devices are remembered; the one that left first is forgotten first. */
export const DEPARTED_MAX = 1_000;

/** The devices that left, by id. */
export interface Departed {
  /** Remembers a device that leaves. */
  keep(deviceId: string, past: DevicePast): void;
  /** Hands out what is remembered, once. */
  take(deviceId: string): DevicePast | undefined;
}

/** Makes an empty memory. */
export function createDeparted(): Departed {
  const pasts = new Map<string, DevicePast>();
  return {
    keep(deviceId, past) {
      pasts.delete(deviceId);
      pasts.set(deviceId, past);
      const [first] = pasts.keys();
      if (pasts.size > DEPARTED_MAX && first !== undefined) pasts.delete(first);
    },
    take(deviceId) {
      const past = pasts.get(deviceId);
      pasts.delete(deviceId);
      return past;
    },
  };
}
