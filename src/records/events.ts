/**
 * Drafts of `CollectorEvent`: device state changes, gaps in streams and the
 * heartbeat of the gateway.
 *
 * @module
 */

import type { CollectorEventFields } from "../../models/avro/index.ts";
import type { ChangedPart, LayoutDifference } from "../poller/sample.ts";
import type { Identity } from "../sunspec/identity.ts";
import type { Draft } from "./record.ts";

/** The values that all events share. */
export interface EventContext {
  readonly gateway: string;
  readonly site: string | null;
  /** Wall clock at the time of the event, in ms since the Unix epoch. */
  readonly atMs: number;
  /** Whether the kernel reports its clock as synchronised; null = unknown. */
  readonly clockSynced: boolean | null;
}

/** The device that an event is about. */
export interface EventDevice {
  readonly deviceId: string;
  readonly unitId: number | null;
  /** null = not identified yet. */
  readonly identity: Identity | null;
}

/** The device states that are published as events. */
export type DeviceEventState = "online" | "asleep" | "offline" | "quarantined";

/**
 * A range of assigned sequence numbers of which `records` rows were evicted or lost: all
 * of them, unless gaps were merged.
 */
export interface SequenceGap {
  /** `gateway/device/type`. */
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  /** The epoch of `lastSeq`. */
  readonly lastEpoch: number;
  readonly lastSeq: number;
  readonly records: number;
  readonly reason: string;
}

/** The counters of one device since the start of the agent, and its state. */
export interface DeviceHeartbeat {
  readonly deviceId: string;
  readonly polls: number;
  readonly failures: number;
  readonly slotsMissed: number;
  readonly state: string;
}

/** The content of a heartbeat. */
export interface HeartbeatReport {
  readonly version: string;
  readonly rowsBuffered: number;
  /** Age of the oldest buffered row, in ms; null = the buffer is empty. */
  readonly oldestAgeMs: number | null;
  readonly devices: readonly DeviceHeartbeat[];
}

/** Creates the event of a device state change. `reason` is text for people. */
export function deviceStateEvent(
  context: EventContext,
  device: EventDevice,
  change: {
    readonly state: DeviceEventState;
    readonly previousState: DeviceEventState | null;
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
    layout_changed: null,
  });
}

/** Creates the gap event: numbered rows of a stream that will not be delivered. It carries the device id of the stream. */
export function gapEvent(context: EventContext, gap: SequenceGap): Draft {
  const deviceId = deviceOfStream(gap.stream);
  const isOfOneEpoch = gap.lastEpoch === gap.epoch;
  const isWhole = isOfOneEpoch && gap.records === gap.lastSeq - gap.firstSeq + 1;
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
      last_epoch: isOfOneEpoch ? null : gap.lastEpoch,
      records: isWhole ? null : gap.records,
    },
    heartbeat: null,
    layout_changed: null,
  });
}

/** The heartbeat event of the gateway, sent once a minute. */
export function heartbeatEvent(context: EventContext, health: HeartbeatReport): Draft {
  const gateway = { deviceId: context.gateway, unitId: null, identity: null };
  return event(context, gateway, {
    event: "heartbeat",
    device_state: null,
    gap: null,
    heartbeat: {
      version: health.version,
      rows_buffered: health.rowsBuffered,
      // Negative if the wall clock was set back.
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
    layout_changed: null,
  });
}

/** Creates the event of a change of a device's models. */
export function layoutChangedEvent(
  context: EventContext,
  device: EventDevice,
  { came, went }: LayoutDifference,
): Draft {
  return event(context, device, {
    event: "layout_changed",
    device_state: null,
    gap: null,
    heartbeat: null,
    layout_changed: {
      parts: [
        ...came.map((part) => toLayoutPart("came", part)),
        ...went.map((part) => toLayoutPart("went", part)),
      ],
    },
  });
}

function toLayoutPart(
  change: "came" | "went",
  { deviceId, texts, models }: ChangedPart,
): NonNullable<CollectorEventFields["layout_changed"]>["parts"][number] {
  const { manufacturer, model, serial } = texts;
  return {
    change,
    device_id: deviceId,
    manufacturer,
    model,
    serial,
    model_ids: models,
  };
}

/** The device id in a stream name `gateway/device/type`. A gateway id has no slash, a device id may have some. */
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
