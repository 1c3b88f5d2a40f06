/**
 * The SunSpec models that polls read for the normalised records.
 *
 * @module
 */

import { NAMEPLATE_MODELS } from "../plausibility/nameplate.ts";
import { ADVANCED_COMBINERS, BASIC_COMBINERS } from "./combiner.ts";
import { SENSOR_MODELS, STATION_MODELS } from "./environment.ts";
import { INPUT_MODELS } from "./inverter_inputs.ts";
import { FLOAT_INVERTERS, INTEGER_INVERTERS } from "./inverter_plain.ts";
import { RATING_MODELS } from "./inverter_ratings.ts";
import { FLOAT_METERS, INTEGER_METERS } from "./meter.ts";
import { STORAGE_MODELS } from "./storage.ts";

/** DER AC measurement: the only model of an inverter, or an additional one next to 101-103. */
export const DER_MODEL = 701;

/** The model of one string of a battery. */
export const BATTERY_STRING_MODEL = 804;

/**
 * Models whose values rarely change, so not every poll reads them. Their fields
 * are null in the records of the other polls.
 */
export const SLOW_MODELS: ReadonlySet<number> = new Set([
  ...RATING_MODELS,
  ...NAMEPLATE_MODELS,
]);

/** The models from which normalised records are built. */
export const NORMALISED_MODELS: ReadonlySet<number> = new Set([
  ...INTEGER_INVERTERS,
  ...FLOAT_INVERTERS,
  DER_MODEL,
  ...INPUT_MODELS,
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
