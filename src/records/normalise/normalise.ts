/**
 * Converts decoded models to normalised records: one draft per stream and poll.
 *
 * @module
 */

import { type DecodedModel, isModel } from "../../sunspec/decode/decode.ts";
import {
  ADVANCED_COMBINERS,
  BASIC_COMBINERS,
  combinerRecord,
  isCombinerModel,
  isEmptyCombiner,
} from "./combiner.ts";
import { draftOf, type PollContext, type RecordBody } from "../draft.ts";
import {
  environmentRecord,
  isSensorModel,
  isStationModel,
  STATION_VARIANTS,
} from "./environment.ts";
import { assignExtensions, findInstances, type Instance } from "./instances.ts";
import { type InverterModel, inverterRecord, isEmptyInverter } from "./inverter.ts";
import {
  FLOAT_INVERTERS,
  INTEGER_INVERTERS,
  isPlainInverter,
} from "./inverter_plain.ts";
import { isInputModel } from "./inverter_inputs.ts";
import { isRatingModel } from "./inverter_ratings.ts";
import {
  FLOAT_METERS,
  INTEGER_METERS,
  isEmptyMeter,
  isMeterModel,
  meterRecord,
} from "./meter.ts";
import { BATTERY_STRING_MODEL, DER_MODEL } from "./normalised_models.ts";
import type { Draft, RecordType } from "../record.ts";
import {
  batteryModels,
  hasBattery,
  isStorageModel,
  STORAGE_VARIANTS,
  storageRecord,
} from "./storage.ts";

/** Options of the normalisation. */
export interface NormaliseOptions {
  /**
   * The preferred variant of an inverter or meter that the device reports both as
   * an integer and as a float model. The other variant is used while the
   * preferred one has no measurement. Default: `float`, whose values need no scale
   * factor.
   */
  readonly prefer?: "float" | "integer";
}

/**
 * Creates the drafts of one poll, inverters first.
 *
 * @param models all models that the poll read; models of other kinds are ignored.
 * @returns an empty list if the device has no normalised kind.
 */
export function normalise(
  context: PollContext,
  models: readonly DecodedModel[],
  options: NormaliseOptions = {},
): Draft[] {
  return [
    ...inverterDrafts(context, models, options),
    ...meterDrafts(context, models, options),
    ...otherDrafts(context, models),
  ];
}

/** Creates the drafts of the inverters of one poll. */
export function inverterDrafts(
  context: PollContext,
  models: readonly DecodedModel[],
  options: NormaliseOptions,
): Draft[] {
  const bodies = inverters(models, options.prefer === "integer");
  return numbered(context, "NormalizedInverterData", bodies);
}

/** Creates the drafts of the meters of one poll. */
export function meterDrafts(
  context: PollContext,
  models: readonly DecodedModel[],
  options: NormaliseOptions,
): Draft[] {
  const bodies = meters(models, options.prefer === "integer");
  return numbered(context, "NormalizedMeterData", bodies);
}

/** Creates the drafts of the batteries, weather stations and combiners of one poll. */
export function otherDrafts(
  context: PollContext,
  models: readonly DecodedModel[],
): Draft[] {
  return [
    ...numbered(context, "NormalizedStorageData", storages(models)),
    ...numbered(context, "NormalizedEnvironmentData", stations(models)),
    ...numbered(context, "NormalizedCombinerData", combiners(models)),
  ];
}

function numbered(
  context: PollContext,
  type: RecordType,
  bodies: readonly (RecordBody | undefined)[],
): Draft[] {
  return bodies.flatMap((body, index) =>
    body === undefined ? [] : draftOf(
      context,
      type,
      subDeviceId(context.deviceId, index, bodies.length),
      body,
    )
  );
}

/** The last digit of an inverter or meter model id is its wiring: 103 and 113 are three-phase, and so are 203 and 213. */
export function wiringOf(id: number): number {
  return id % 10;
}

function inverters(
  models: readonly DecodedModel[],
  integersFirst: boolean,
): RecordBody[] {
  const plain = findInstances(
    models.filter(isPlainInverter),
    variantOrder(INTEGER_INVERTERS, FLOAT_INVERTERS, integersFirst),
    wiringOf,
  );
  const instances = withDer(plain, models.filter((model) => isModel(model, DER_MODEL)));
  if (instances.length === 0) return [];
  const inputs = assignExtensions(instances, models.filter(isInputModel));
  const ratings = assignExtensions(instances, models.filter(isRatingModel));
  return instances.flatMap((instance, index) => {
    const model = selectVariant(instance, isEmptyInverter);
    return model === undefined ? [] : inverterRecord(model, {
      models: instance,
      inputs: inputs[index] ?? [],
      ratings: ratings[index] ?? [],
    });
  });
}

/** Adds the n-th 701 to the n-th instance: both describe the same inverter. */
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
    variantOrder(INTEGER_METERS, FLOAT_METERS, integersFirst),
    wiringOf,
  );
  return instances.flatMap((instance) => {
    const model = selectVariant(instance, isEmptyMeter);
    return model === undefined ? [] : meterRecord(model);
  });
}

/** Undefined = models without a battery behind them. They keep their number in case one is installed. */
function storages(models: readonly DecodedModel[]): (RecordBody | undefined)[] {
  const instances = findInstances(models.filter(isStorageModel), STORAGE_VARIANTS);
  const strings = models.filter((model) => isModel(model, BATTERY_STRING_MODEL));
  if (instances.length === 0) {
    if (strings.length === 0) return [];
    instances.push([]);
  }
  const assigned = assignExtensions(instances, strings);
  return instances.map((instance, index) => {
    const battery = batteryModels(instance, assigned[index] ?? []);
    return hasBattery(battery) ? storageRecord(battery) : undefined;
  });
}

function stations(models: readonly DecodedModel[]): RecordBody[] {
  const instances = findInstances(models.filter(isStationModel), STATION_VARIANTS);
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
    const model = selectVariant(instance, isEmptyCombiner);
    return model === undefined ? [] : combinerRecord(model);
  });
}

/** The variants in the order of preference. */
export function variantOrder<V>(
  integers: V,
  floats: V,
  integersFirst: boolean,
): readonly [V, V] {
  return integersFirst ? [integers, floats] : [floats, integers];
}

/** The first variant, or the first one with a measurement if the first has none. */
function selectVariant<M extends DecodedModel>(
  instance: Instance<M>,
  isEmpty: (model: M) => boolean,
): M | undefined {
  const [first] = instance;
  return instance.length < 2
    ? first
    : instance.find((model) => !isEmpty(model)) ?? first;
}

/** A single instance has the device's own id; several instances are numbered from 1. */
export function subDeviceId(deviceId: string, index: number, count: number): string {
  return count > 1 ? `${deviceId}.${index + 1}` : deviceId;
}
