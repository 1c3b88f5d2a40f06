/**
 * Lists the models whose records have ids that are numbered by the order of the chain.
 *
 * @module
 */

import { ADVANCED_COMBINERS, BASIC_COMBINERS } from "./normalise/combiner.ts";
import { SENSOR_MODELS, STATION_VARIANTS } from "./normalise/environment.ts";
import { findInstances, type ModelVariants } from "./normalise/instances.ts";
import { INPUT_MODELS } from "./normalise/inverter_inputs.ts";
import { FLOAT_INVERTERS, INTEGER_INVERTERS } from "./normalise/inverter_plain.ts";
import { RATING_MODELS } from "./normalise/inverter_ratings.ts";
import { FLOAT_METERS, INTEGER_METERS } from "./normalise/meter.ts";
import { wiringOf } from "./normalise/normalise.ts";
import { BATTERY_STRING_MODEL, DER_MODEL } from "./normalise/normalised_models.ts";
import { STORAGE_VARIANTS } from "./normalise/storage.ts";

/** The models of one kind of record. */
interface Kind {
  /** Each instance has at most one model of each variant. */
  readonly variants: ModelVariants;
  /** Models that are assigned to an instance. */
  readonly extensions: ReadonlySet<number>;
  readonly classOf?: (id: number) => number;
}

const KINDS: readonly Kind[] = [
  {
    variants: [INTEGER_INVERTERS, FLOAT_INVERTERS],
    extensions: new Set([DER_MODEL, ...INPUT_MODELS, ...RATING_MODELS]),
    classOf: wiringOf,
  },
  {
    variants: [new Set([DER_MODEL])],
    extensions: new Set([...INPUT_MODELS, ...RATING_MODELS]),
  },
  {
    variants: [INTEGER_METERS, FLOAT_METERS],
    extensions: new Set(),
    classOf: wiringOf,
  },
  { variants: STORAGE_VARIANTS, extensions: new Set([BATTERY_STRING_MODEL]) },
  { variants: STATION_VARIANTS, extensions: SENSOR_MODELS },
  { variants: [ADVANCED_COMBINERS, BASIC_COMBINERS], extensions: new Set() },
];

/** The models from which a record is made even if a part has no others. */
const RECORD_MAKERS: ReadonlySet<number> = new Set([
  ...KINDS.flatMap(({ variants }) => variants.flatMap((ids) => [...ids])),
  ...SENSOR_MODELS,
  BATTERY_STRING_MODEL,
]);

/**
 * Lists the models of a part whose records are numbered by their order, in chain order
 * for each kind; empty = it has at most one record of each kind, null = none at all.
 */
export function orderedModels(
  ids: readonly number[],
): readonly number[] | null {
  if (!ids.some((id) => RECORD_MAKERS.has(id))) return null;
  return KINDS.flatMap((kind) => orderedOf(kind, ids));
}

function orderedOf(
  { variants, extensions, classOf }: Kind,
  ids: readonly number[],
): readonly number[] {
  const members = variants.reduce((all, each) => all.union(each), new Set<number>());
  const models = ids.map((id, address) => ({ id, address }));
  const own = models.filter(({ id }) => members.has(id));
  const count = findInstances(own, variants, classOf).length;
  return count < 2 ? [] : ids.filter((id) => members.has(id) || extensions.has(id));
}
