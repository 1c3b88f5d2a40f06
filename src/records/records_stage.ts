/**
 * The records stage: turns a sample into the drafts of its records in one synchronous
 * call. Numbering and encoding follow in `agent/ingest.ts`.
 *
 * @module
 */

import { stableJson } from "../base/stable_json.ts";
import type { ModelSelection, Sample, SampleOutcome } from "../poller/sample.ts";
import { decodeImage } from "../sunspec/decode/image_decode.ts";
import { NORMALISED_MODELS, SLOW_MODELS } from "./normalise/normalised_models.ts";
import { orderedModels } from "./ordered_models.ts";
import type { Draft } from "./record.ts";
import {
  type BuildContext,
  createRecordBuilder,
  DEFAULT_RECORD_SETTINGS,
  type RecordBuilder,
  type RecordSettings,
} from "./record_builder.ts";

/** The models that records are made from, for the poller. */
export const RECORD_MODELS: ModelSelection = {
  used: NORMALISED_MODELS.union(SLOW_MODELS),
  slow: SLOW_MODELS,
  listOrdered: orderedModels,
};

/**
 * Number of record builders to keep. Above it, builders that were not used for
 * {@linkcode BUILDER_IDLE_MAX_MS} are dropped.
 */
export const BUILDERS_KEPT = 1_000;

/** See {@linkcode BUILDERS_KEPT}. */
export const BUILDER_IDLE_MAX_MS = 86_400_000;

/** Dependencies of the records stage. */
export interface RecordsStageOptions {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, as configured; null = none. */
  readonly site: string | null;
  /** Whether the kernel reports its clock as synchronised; null = unknown. */
  readonly clockSynced: () => boolean | null;
  /** Settings by `host:port/unit`; devices that are missing have the default settings. */
  readonly settings: ReadonlyMap<string, RecordSettings>;
}

/** The result of one sample. */
export interface SampleRecords extends Pick<SampleOutcome, "models" | "instances"> {
  readonly drafts: readonly Draft[];
}

/** Turns samples into drafts. The state of each device, by its id, ends with the agent. */
export interface RecordsStage {
  /** Decodes a sample, splits it into sub-devices, filters implausible values and normalises. */
  process(sample: Sample): SampleRecords;
  /** Switches to other settings. Returns the keys whose settings have changed. */
  update(settings: ReadonlyMap<string, RecordSettings>): ReadonlySet<string>;
}

interface DeviceRecords {
  readonly builder: RecordBuilder;
  readonly prefer: RecordSettings["prefer"];
  /** Monotonic time of its last sample. */
  usedMs: number;
}

/** Creates a records stage. */
export function createRecordsStage(options: RecordsStageOptions): RecordsStage {
  let { settings } = options;
  /** By device id; the one that was used last is the last one. */
  const devices = new Map<string, DeviceRecords>();

  function settingsOf(key: string): RecordSettings {
    return settings.get(key) ?? DEFAULT_RECORD_SETTINGS;
  }

  function builderOf(
    { deviceId, monotonicMs }: Sample,
    prefer: RecordSettings["prefer"],
  ): RecordBuilder {
    const known = devices.get(deviceId);
    // Another variant has its own counters, so the history of the first one does not apply.
    const builder = known?.prefer === prefer ? known.builder : createRecordBuilder();
    devices.delete(deviceId);
    devices.set(deviceId, { builder, prefer, usedMs: monotonicMs });
    if (known === undefined) dropIdle(monotonicMs);
    return builder;
  }

  function dropIdle(nowMs: number): void {
    for (const [deviceId, { usedMs }] of devices) {
      const isIdle = nowMs - usedMs > BUILDER_IDLE_MAX_MS;
      if (devices.size <= BUILDERS_KEPT || !isIdle) return;
      devices.delete(deviceId);
    }
  }

  return {
    process(sample) {
      const { plan, image, faults, monotonicMs } = sample;
      const models = decodeImage(plan, image, faults);
      const settings = settingsOf(sample.key);
      const context = contextOf(sample, options);
      const drafts = builderOf(sample, settings.prefer)
        .build(context, models, monotonicMs, settings);
      return { drafts, models, instances: instancesOf(sample, drafts) };
    },
    update(next) {
      const before = settings;
      settings = next;
      const keys = new Set([...before.keys(), ...next.keys()]);
      return new Set(
        [...keys].filter((key) =>
          stableJson(before.get(key) ?? DEFAULT_RECORD_SETTINGS) !==
            stableJson(settingsOf(key))
        ),
      );
    },
  };
}

/** What the records of a sample have in common. */
function contextOf(
  sample: Sample,
  { gateway, site, clockSynced }: RecordsStageOptions,
): BuildContext {
  return {
    gateway,
    site,
    clockSynced: clockSynced(),
    deviceId: sample.deviceId,
    unitId: sample.unitId,
    identity: sample.identity,
    slotsMissed: sample.slotsMissed,
    intervalMs: sample.intervalMs,
    sampledAtMs: sample.sampledAtMs,
    readDurationMs: sample.readDurationMs,
    parts: sample.parts,
  };
}

/** The highest k of a draft `<id>.<k>` that is not of a sub-device; 0 = none. */
function instancesOf(
  { deviceId, parts: { subDevices } }: Pick<Sample, "deviceId" | "parts">,
  drafts: readonly Draft[],
): number {
  let highest = 0;
  for (const { source } of drafts) {
    if (source.device_id === deviceId) continue;
    const suffix = source.device_id.slice(deviceId.length + 1);
    const number = suffix.includes(".") ? 0 : Number(suffix);
    if (!subDevices.has(number)) highest = Math.max(highest, number);
  }
  return highest;
}
