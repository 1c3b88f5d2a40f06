/**
 * The state of the gateway, for its heartbeat.
 *
 * @module
 */

import type { BufferStats } from "../buffer/buffer.ts";
import type { DeviceReport } from "../poller/device_report.ts";
import type { Health } from "../records/events.ts";

/** Puts together what a heartbeat says at `wallMs`. */
export function healthOf(
  version: string,
  stats: BufferStats,
  devices: readonly DeviceReport[],
  wallMs: number,
): Health {
  return {
    version,
    rowsBuffered: stats.rows,
    oldestAgeMs: stats.oldestAtMs === null
      ? null
      : Math.max(0, wallMs - stats.oldestAtMs),
    devices: devices.map((device) => ({
      deviceId: device.deviceId ?? device.key,
      polls: device.polls,
      failures: device.failures,
      slotsMissed: device.slotsMissed,
      state: device.state,
    })),
  };
}
