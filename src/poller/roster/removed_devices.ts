/**
 * Keeps the history of devices that left the roster, for their return: at another
 * address, with other settings, or unchanged. Pure.
 *
 * @module
 */

import type { DeviceHistory } from "../device.ts";

/** Maximum number of removed devices; the device that left first is dropped first. */
export const REMOVED_DEVICES_MAX = 1_000;

/** The history of removed devices, by id. */
export interface RemovedDevices {
  /** Stores the history of a device that leaves. */
  add(deviceId: string, history: DeviceHistory): void;
  /** Returns and deletes the history of a device. */
  take(deviceId: string): DeviceHistory | undefined;
}

/** Creates an empty store. */
export function createRemovedDevices(): RemovedDevices {
  const histories = new Map<string, DeviceHistory>();
  return {
    add(deviceId, history) {
      histories.delete(deviceId);
      histories.set(deviceId, history);
      const [first] = histories.keys();
      if (histories.size > REMOVED_DEVICES_MAX && first !== undefined) {
        histories.delete(first);
      }
    },
    take(deviceId) {
      const history = histories.get(deviceId);
      histories.delete(deviceId);
      return history;
    },
  };
}
