// deno-lint-ignore-file camelcase
/**
 * From decoded models to records: one draft per stream and poll.
 *
 * @module
 */

import type { DecodedModel } from "../sunspec/decode.ts";
import { assignExtensions, findInstances, type Instance } from "./instances.ts";
import {
  INPUT_MODELS,
  INVERTER_MODELS,
  inverterRecord,
  isEmptyInverter,
  isInputModel,
  isInverterModel,
} from "./inverter.ts";
import { isEmptyMeter, isMeterModel, METER_MODELS, meterRecord } from "./meter.ts";
import type { FieldFlag } from "./points.ts";
import { qualityOf } from "./quality.ts";
import type { Draft, RecordIdentity, RecordType, Source } from "./record.ts";

export type { RecordIdentity } from "./record.ts";

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

/** Choices that a site may make. */
export interface NormaliseOptions {
  /**
   * Which to take where a device shows one inverter as an integer and as a
   * float model; the other is taken while this one gives not one measurement.
   * `float` if not given: its values need no scale factor.
   */
  readonly prefer?: "float" | "integer";
}

/** The models that records are made from: what a poll must read. */
export const NORMALISED_MODELS: ReadonlySet<number> = new Set([
  ...INVERTER_MODELS.integer,
  ...INVERTER_MODELS.float,
  ...INPUT_MODELS,
  ...METER_MODELS.integer,
  ...METER_MODELS.float,
]);

/**
 * Makes the drafts of one poll, inverters first; none if the device has no
 * normalised kind. `models` are all models that the poll read, also those that
 * are not needed here.
 */
export function normalise(
  context: PollContext,
  models: readonly DecodedModel[],
  options: NormaliseOptions = {},
): Draft[] {
  const prefer = options.prefer ?? "float";
  const inverters = findInstances(models.filter(isInverterModel), INVERTER_MODELS);
  const inputs = assignExtensions(inverters, models.filter(isInputModel));
  const meters = findInstances(models.filter(isMeterModel), METER_MODELS);
  return [
    ...inverters.flatMap((instance, index) => {
      const model = choose(instance, prefer, isEmptyInverter);
      return model === undefined ? [] : draft(
        context,
        "NormalizedInverterData",
        subDevice(context.deviceId, index, inverters.length),
        inverterRecord(model, inputs[index] ?? []),
      );
    }),
    ...meters.flatMap((instance, index) => {
      const model = choose(instance, prefer, isEmptyMeter);
      return model === undefined ? [] : draft(
        context,
        "NormalizedMeterData",
        subDevice(context.deviceId, index, meters.length),
        meterRecord(model),
      );
    }),
  ];
}

/** The preferred form, unless it is absent, or empty where the other is not. */
function choose<M extends DecodedModel>(
  instance: Instance<M>,
  prefer: "float" | "integer",
  isEmpty: (model: M) => boolean,
): M | undefined {
  const first = instance[prefer];
  const second = instance[prefer === "float" ? "integer" : "float"];
  if (first === undefined || second === undefined) return first ?? second;
  return isEmpty(first) && !isEmpty(second) ? second : first;
}

/** One instance has the device's own id; of several, every one has a number. */
function subDevice(deviceId: string, index: number, count: number): string {
  return count > 1 ? `${deviceId}.${index + 1}` : deviceId;
}

function draft(
  context: PollContext,
  type: RecordType,
  deviceId: string,
  record: {
    readonly fields: Readonly<Record<string, unknown>>;
    readonly flags: readonly FieldFlag[];
  },
): Draft {
  const { identity } = context;
  const flags = record.flags.map(({ field, reason }) => `${field}:${reason}`);
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
    quality: qualityOf(record.flags.map(({ reason }) => reason)),
    flags: [...new Set(flags)].sort(),
  };
  return { type, source, fields: record.fields };
}
