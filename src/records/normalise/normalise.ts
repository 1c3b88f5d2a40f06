/**
 * From decoded models to records: one draft per stream and poll.
 *
 * @module
 */

import { type DecodedModel, isModel } from "../../sunspec/decode/decode.ts";
import {
  ADVANCED_COMBINERS,
  BASIC_COMBINERS,
  COMBINER_SOURCES,
  combinerRecord,
  isCombinerModel,
  isEmptyCombiner,
} from "./combiner.ts";
import { draftOf, type PollContext, type RecordBody } from "../draft.ts";
import {
  ENVIRONMENT_SOURCES,
  environmentRecord,
  isSensorModel,
  isStationModel,
  SENSOR_MODELS,
  STATION_FORMS,
  STATION_MODELS,
} from "./environment.ts";
import { assignExtensions, findInstances, type Instance } from "./instances.ts";
import {
  INVERTER_SOURCES,
  type InverterModel,
  inverterRecord,
  isEmptyInverter,
} from "./inverter.ts";
import {
  FLOAT_INVERTERS,
  INTEGER_INVERTERS,
  isPlainInverter,
} from "./inverter_plain.ts";
import { isRatingModel, RATING_MODELS } from "./inverter_ratings.ts";
import { isStringModel, STRING_MODELS } from "./inverter_strings.ts";
import {
  FLOAT_METERS,
  INTEGER_METERS,
  isEmptyMeter,
  isMeterModel,
  METER_RECORD_SOURCES,
  meterRecord,
} from "./meter.ts";
import { NAMEPLATE_MODELS } from "../plausibility/nameplate.ts";
import type { Sources } from "./point_fields.ts";
import type { Draft, RecordType } from "../record.ts";
import {
  isStorage,
  isStorageModel,
  STORAGE_FORMS,
  STORAGE_MODELS,
  storageOf,
  storageRecord,
} from "./storage.ts";
import { STORAGE_SOURCES } from "./storage_tables.ts";

export type { PollContext } from "../draft.ts";
export type { RecordIdentity } from "../record.ts";

/** Which point of which model feeds which field, by record type. */
export const RECORD_SOURCES = {
  NormalizedInverterData: INVERTER_SOURCES,
  NormalizedMeterData: METER_RECORD_SOURCES,
  NormalizedStorageData: STORAGE_SOURCES,
  NormalizedEnvironmentData: ENVIRONMENT_SOURCES,
  NormalizedCombinerData: COMBINER_SOURCES,
} as const satisfies Partial<Record<RecordType, readonly Sources[]>>;

/** Choices that a site may make. */
export interface NormaliseOptions {
  /**
   * Which to take where a device shows one inverter or meter as an integer and as
   * a float model; the other is taken while this one gives not one measurement.
   * `float` if not given: its values need no scale factor.
   */
  readonly prefer?: "float" | "integer";
}

/** DER AC measurement: shows an inverter alone, or once more beside 101-113. */
const DER_MODEL = 701;

/** The model that says more of the strings of a battery. */
const BATTERY_STRING_MODEL = 804;

/**
 * Models that seldom change: a poll need not read them each time. What they say
 * is null in the records of the other polls.
 */
export const SLOW_MODELS: ReadonlySet<number> = new Set([
  ...RATING_MODELS,
  ...NAMEPLATE_MODELS,
]);

/** The models that records are made from: what polls must read. */
export const NORMALISED_MODELS: ReadonlySet<number> = new Set([
  ...INTEGER_INVERTERS,
  ...FLOAT_INVERTERS,
  DER_MODEL,
  ...STRING_MODELS,
  ...RATING_MODELS,
  ...INTEGER_METERS,
  ...FLOAT_METERS,
  ...STORAGE_MODELS,
  BATTERY_STRING_MODEL,
  ...STATION_MODELS,
  ...SENSOR_MODELS,
  ...BASIC_COMBINERS,
  ...ADVANCED_COMBINERS,
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
  const integersFirst = options.prefer === "integer";
  const drafts: Draft[] = [];
  const add = (type: RecordType, bodies: readonly (RecordBody | undefined)[]): void =>
    bodies.forEach((body, index) => {
      if (body === undefined) return;
      const deviceId = subDevice(context.deviceId, index, bodies.length);
      drafts.push(draftOf(context, type, deviceId, body));
    });
  add("NormalizedInverterData", inverters(models, integersFirst));
  add("NormalizedMeterData", meters(models, integersFirst));
  add("NormalizedStorageData", storages(models));
  add("NormalizedEnvironmentData", stations(models));
  add("NormalizedCombinerData", combiners(models));
  return drafts;
}

/** The wiring of an inverter or meter: 103 and 113 have three phases, as 203 and 213. */
function wiringOf(id: number): number {
  return id % 10;
}

function inverters(
  models: readonly DecodedModel[],
  integersFirst: boolean,
): RecordBody[] {
  const plain = findInstances(
    models.filter(isPlainInverter),
    ordered(INTEGER_INVERTERS, FLOAT_INVERTERS, integersFirst),
    wiringOf,
  );
  const instances = withDer(plain, models.filter((model) => isModel(model, DER_MODEL)));
  if (instances.length === 0) return [];
  const inputs = assignExtensions(instances, models.filter(isStringModel));
  const ratings = assignExtensions(instances, models.filter(isRatingModel));
  return instances.flatMap((instance, index) => {
    const model = choose(instance, isEmptyInverter);
    return model === undefined ? [] : inverterRecord(model, {
      models: instance,
      inputs: inputs[index] ?? [],
      ratings: ratings[index] ?? [],
    });
  });
}

/** The n-th 701 goes with the n-th of the other models: it shows the same inverter. */
function withDer(
  plain: readonly Instance<InverterModel>[],
  ders: readonly InverterModel[],
): readonly Instance<InverterModel>[] {
  return ders.length === 0 ? plain : Array.from(
    { length: Math.max(plain.length, ders.length) },
    (_, nth) => [...plain[nth] ?? [], ...ders.slice(nth, nth + 1)],
  );
}

function meters(models: readonly DecodedModel[], integersFirst: boolean): RecordBody[] {
  const instances = findInstances(
    models.filter(isMeterModel),
    ordered(INTEGER_METERS, FLOAT_METERS, integersFirst),
    wiringOf,
  );
  return instances.flatMap((instance) => {
    const model = choose(instance, isEmptyMeter);
    return model === undefined ? [] : meterRecord(model);
  });
}

/** Undefined stands for a battery that is not there: it keeps its number for the day that it is. */
function storages(models: readonly DecodedModel[]): (RecordBody | undefined)[] {
  const instances = findInstances(models.filter(isStorageModel), STORAGE_FORMS);
  const strings = models.filter((model) => isModel(model, BATTERY_STRING_MODEL));
  if (instances.length === 0) {
    if (strings.length === 0) return [];
    instances.push([]);
  }
  const assigned = assignExtensions(instances, strings);
  return instances.map((instance, index) => {
    const storage = storageOf(instance, assigned[index] ?? []);
    return isStorage(storage) ? storageRecord(storage) : undefined;
  });
}

function stations(models: readonly DecodedModel[]): RecordBody[] {
  const instances = findInstances(models.filter(isStationModel), STATION_FORMS);
  const sensors = models.filter(isSensorModel);
  if (instances.length === 0) {
    if (sensors.length === 0) return [];
    instances.push([]);
  }
  const assigned = assignExtensions(instances, sensors);
  return instances.map((instance, index) =>
    environmentRecord(instance, assigned[index] ?? [])
  );
}

function combiners(models: readonly DecodedModel[]): RecordBody[] {
  const instances = findInstances(
    models.filter(isCombinerModel),
    [ADVANCED_COMBINERS, BASIC_COMBINERS],
  );
  return instances.flatMap((instance) => {
    const model = choose(instance, isEmptyCombiner);
    return model === undefined ? [] : combinerRecord(model);
  });
}

function ordered<F>(integers: F, floats: F, integersFirst: boolean): readonly [F, F] {
  return integersFirst ? [integers, floats] : [floats, integers];
}

/** The first form, unless it is empty where another is not. */
function choose<M extends DecodedModel>(
  instance: Instance<M>,
  isEmpty: (model: M) => boolean,
): M | undefined {
  const [first] = instance;
  return instance.length < 2
    ? first
    : instance.find((model) => !isEmpty(model)) ?? first;
}

/** One instance has the device's own id; of several, every one has a number. */
function subDevice(deviceId: string, index: number, count: number): string {
  return count > 1 ? `${deviceId}.${index + 1}` : deviceId;
}
