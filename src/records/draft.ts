/**
 * Creates the draft of a record from its fields and the context of its poll.
 *
 * @module
 */

import type { Sample } from "../poller/sample.ts";
import type { FieldFlag } from "./normalise/point_fields.ts";
import { qualityOf } from "./quality.ts";
import type { Draft, RecordSource, RecordType } from "./record.ts";

/** What the records of one poll have in common. */
export interface PollContext extends
  Pick<
    Sample,
    | "deviceId"
    | "unitId"
    | "identity"
    | "slotsMissed"
    | "intervalMs"
    | "sampledAtMs"
    | "readDurationMs"
  > {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, as configured; null = none. */
  readonly site: string | null;
  /** Whether the kernel reports its clock as synchronised; null = unknown. */
  readonly clockSynced: boolean | null;
}

/** The fields of a record beyond {@linkcode RecordSource}, and the flags on them. */
export interface RecordBody {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly flags: readonly FieldFlag[];
}

/**
 * Creates the draft of a record.
 *
 * @param deviceId id of the device or of its part, such as `<id>.2`.
 */
export function draftOf(
  context: PollContext,
  type: RecordType,
  deviceId: string,
  { fields, flags }: RecordBody,
): Draft {
  return { type, source: recordSource(context, deviceId, flags), fields };
}

/** The source of a record with these flags on its fields. */
export function recordSource(
  context: PollContext,
  deviceId: string,
  flags: readonly FieldFlag[],
): RecordSource {
  const { identity } = context;
  return {
    gateway: context.gateway,
    site: context.site,
    device_id: deviceId,
    unit_id: context.unitId,
    manufacturer: identity.manufacturer,
    model: identity.model,
    serial: identity.serial,
    firmware: identity.firmware,
    slots_missed: context.slotsMissed,
    interval_ms: Math.round(context.intervalMs),
    sampled_at: Math.round(context.sampledAtMs),
    read_duration_ms: Math.max(0, Math.round(context.readDurationMs)),
    clock_synced: context.clockSynced,
    quality: flags.length === 0 ? "good" : qualityOf(flags.map(({ reason }) => reason)),
    flags: flags.length === 0
      ? NO_FLAGS
      : [...new Set(flags.map(({ field, reason }) => `${field}:${reason}`))].sort(),
  };
}

const NO_FLAGS: readonly string[] = [];
