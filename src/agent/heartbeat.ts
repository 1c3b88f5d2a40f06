/**
 * Emits the heartbeat of the gateway once per minute.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { sleepUntilTick } from "../base/ticks.ts";
import type { Buffer } from "../buffer/buffer.ts";
import type { Supervisor } from "../poller/supervisor.ts";
import {
  type EventContext,
  heartbeatEvent,
  type HeartbeatReport,
} from "../records/events.ts";
import type { Ingest } from "./ingest.ts";

/** Interval of the heartbeat, in ms; heartbeats are at whole multiples of it in UTC. */
export const HEARTBEAT_MS = 60_000;

/** How often the clock is read, in ms. */
const CHECK_INTERVAL_MS = 1_000;

/** The interfaces that the heartbeat uses. */
export interface HeartbeatOptions {
  readonly ingest: Pick<Ingest, "append">;
  readonly clock: Clock;
  /** The context of an event that happens now. */
  readonly context: () => EventContext;
  /** Version of the program. */
  readonly version: string;
  readonly buffer: Pick<Buffer, "stats">;
  readonly supervisor: Pick<Supervisor, "devices">;
}

/** Emits heartbeats until `signal` aborts, then throws its reason. */
export async function runHeartbeat(
  options: HeartbeatOptions,
  signal: AbortSignal,
): Promise<never> {
  const { ingest, clock, context } = options;
  let dueAtMs = nextHeartbeat(clock.wallMs());
  for (;;) {
    await sleepUntilTick(clock, CHECK_INTERVAL_MS, signal);
    const wallMs = clock.wallMs();
    if (wallMs >= dueAtMs) {
      const heartbeat = heartbeatEvent(context(), createReport(options));
      await ingest.append([heartbeat], signal);
      dueAtMs = nextHeartbeat(clock.wallMs());
    } else if (dueAtMs - wallMs > HEARTBEAT_MS) {
      dueAtMs = nextHeartbeat(wallMs); // the clock was set back
    }
  }
}

function nextHeartbeat(wallMs: number): number {
  return (Math.floor(wallMs / HEARTBEAT_MS) + 1) * HEARTBEAT_MS;
}

function createReport(
  { version, buffer: { stats }, supervisor, clock }: HeartbeatOptions,
): HeartbeatReport {
  return {
    version,
    rowsBuffered: stats.rows,
    oldestAgeMs: stats.oldestAtMs === null
      ? null
      : Math.max(0, clock.wallMs() - stats.oldestAtMs),
    devices: supervisor.devices.map((device) => ({
      deviceId: device.deviceId ?? device.key,
      polls: device.polls,
      failures: device.failures,
      slotsMissed: device.slotsMissed,
      state: device.state,
    })),
  };
}
