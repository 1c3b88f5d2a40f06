/**
 * Drafts of `CollectorEvent`: what happens to devices, to rows and to the
 * gateway itself.
 *
 * @module
 */

import type { CollectorEventFields } from "../../models/avro/index.ts";
import type { Draft, RecordIdentity } from "./record.ts";

/** What every event knows. */
export interface EventContext {
  readonly gateway: string;
  readonly site: string | null;
  /** Wall clock when it happened, ms since the Unix epoch. */
  readonly atMs: number;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clockSynced: boolean | null;
}

/** Which device an event is about. */
export interface EventDevice {
  readonly deviceId: string;
  readonly unitId: number | null;
  /** null = never identified. */
  readonly identity: RecordIdentity | null;
}

/** The states of a device that are told. */
export type DeviceState = "online" | "asleep" | "offline" | "quarantined";

/** Numbers that were given and given up. */
export interface Gap {
  /** `gateway/device/type`. */
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: string;
}

/** A device's counts since the start of the agent. */
export interface DeviceHealth {
  readonly deviceId: string;
  readonly polls: number;
  readonly failures: number;
  readonly slotsMissed: number;
  readonly state: string;
}

/** The state of the gateway. */
export interface Health {
  readonly version: string;
  readonly rowsBuffered: number;
  /** Age of the oldest row that waits, in ms; null = none waits. */
  readonly oldestAgeMs: number | null;
  readonly devices: readonly DeviceHealth[];
}

/** A device's state changed. `reason` is in words, for people. */
export function deviceStateEvent(
  context: EventContext,
  device: EventDevice,
  change: {
    readonly state: DeviceState;
    readonly previousState: DeviceState | null;
    readonly reason: string | null;
  },
): Draft {
  return event(context, device, {
    event: "device_state",
    device_state: {
      state: change.state,
      previous_state: change.previousState,
      reason: change.reason,
    },
    gap: null,
    heartbeat: null,
  });
}

/** Rows were given up after they were numbered: an event about the stream's device. */
export function gapEvent(context: EventContext, gap: Gap): Draft {
  const deviceId = deviceOfStream(gap.stream);
  return event(context, { deviceId, unitId: null, identity: null }, {
    event: "gap",
    device_state: null,
    gap: {
      device_id: deviceId,
      stream: gap.stream,
      epoch: gap.epoch,
      first_seq: gap.firstSeq,
      last_seq: gap.lastSeq,
      reason: gap.reason,
    },
    heartbeat: null,
  });
}

/** The gateway's own sign of life, once a minute. */
export function heartbeatEvent(context: EventContext, health: Health): Draft {
  const gateway = { deviceId: context.gateway, unitId: null, identity: null };
  return event(context, gateway, {
    event: "heartbeat",
    device_state: null,
    gap: null,
    heartbeat: {
      version: health.version,
      rows_buffered: health.rowsBuffered,
      // A clock that stepped back must not make an age negative.
      oldest_age_ms: health.oldestAgeMs === null
        ? null
        : Math.max(0, Math.round(health.oldestAgeMs)),
      devices: health.devices.map((device) => ({
        device_id: device.deviceId,
        polls: device.polls,
        failures: device.failures,
        slots_missed: device.slotsMissed,
        state: device.state,
      })),
      clock_synced: context.clockSynced,
    },
  });
}

/** The device id within `gateway/device/type`; a gateway's id has no slash, a device's may. */
export function deviceOfStream(stream: string): string {
  return stream.slice(stream.indexOf("/") + 1, stream.lastIndexOf("/"));
}

function event(
  context: EventContext,
  device: EventDevice,
  fields: CollectorEventFields,
): Draft {
  return {
    type: "CollectorEvent",
    source: {
      gateway: context.gateway,
      site: context.site,
      device_id: device.deviceId,
      unit_id: device.unitId,
      manufacturer: device.identity?.manufacturer ?? null,
      model: device.identity?.model ?? null,
      serial: device.identity?.serial ?? null,
      firmware: device.identity?.firmware ?? null,
      slots_missed: 0,
      interval_ms: 0,
      sampled_at: Math.round(context.atMs),
      read_duration_ms: 0,
      clock_synced: context.clockSynced,
      quality: "good",
      flags: [],
    },
    fields,
  };
}
