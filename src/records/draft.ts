// deno-lint-ignore-file camelcase
/**
 * From the fields of a record to its draft: what a poll knows stands before them.
 *
 * @module
 */

import type { FieldFlag } from "./normalise/point_fields.ts";
import { qualityOf } from "./quality.ts";
import type { Draft, RecordIdentity, RecordType, Source } from "./record.ts";

/** What a poll knows besides the models it read. */
export interface PollContext {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, if configured. */
  readonly site: string | null;
  /** Id of the device; two inverters in one device get `<id>.1`, `<id>.2`. */
  readonly deviceId: string;
  readonly unitId: number;
  readonly identity: RecordIdentity;
  /** Grid slots since the device's previous good poll that gave none. */
  readonly slotsMissed: number;
  readonly intervalMs: number;
  /** Wall clock at the start of the first request, ms since the Unix epoch. */
  readonly sampledAtMs: number;
  readonly readDurationMs: number;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clockSynced: boolean | null;
}

/** The fields of a record beyond its envelope, and the flags on them. */
export interface RecordBody {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly flags: readonly FieldFlag[];
}

/** Makes the draft of a record. */
export function draftOf(
  context: PollContext,
  type: RecordType,
  deviceId: string,
  { fields, flags }: RecordBody,
): Draft {
  const { identity } = context;
  const source: Source = {
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
    quality: qualityOf(flags.map(({ reason }) => reason)),
    flags: [...new Set(flags.map(({ field, reason }) => `${field}:${reason}`))].sort(),
  };
  return { type, source, fields };
}
