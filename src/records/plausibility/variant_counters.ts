/**
 * The counter fields of records, and the models that report the same quantities
 * in several variants.
 *
 * @module
 */

import { ADVANCED_COMBINERS, BASIC_COMBINERS } from "../normalise/combiner.ts";
import { FLOAT_INVERTERS, INTEGER_INVERTERS } from "../normalise/inverter_plain.ts";
import type { ModelVariants } from "../normalise/instances.ts";
import { FLOAT_METERS, INTEGER_METERS } from "../normalise/meter.ts";
import { FIELD_MAPPINGS } from "../normalise/field_mappings.ts";
import type { Draft } from "../record.ts";

/** Decides on one counter. `field` is its name in flags, such as `strings[0].dc_energy_wh`. */
export type ShouldNull = (field: string, value: number) => boolean;

/** The fields of a draft with the selected counters null; the same object if none is selected. */
export function nullCounters(
  { type, fields }: Draft,
  shouldNull: ShouldNull,
): Draft["fields"] {
  const names = COUNTERS.get(type);
  if (names === undefined) return fields;
  const own = nullFields(fields, names.own, "", shouldNull);
  const strings: unknown = fields["strings"];
  if (!Array.isArray(strings)) return own;
  const filtered = strings.map((each, at) =>
    nullFields(each, names.ofString, `strings[${at}].`, shouldNull)
  );
  return filtered.some((each, at) => each !== strings[at])
    ? { ...own, ["strings"]: filtered }
    : own;
}

/** Calls `visit` with each counter of a draft that has a value. */
export function forEachCounter(
  draft: Draft,
  visit: (field: string, value: number) => void,
): void {
  nullCounters(draft, (field, value) => {
    visit(field, value);
    return false;
  });
}

function nullFields(
  fields: Draft["fields"],
  names: readonly string[],
  prefix: string,
  shouldNull: ShouldNull,
): Draft["fields"] {
  let filtered = fields;
  for (const name of names) {
    const value = fields[name];
    if (typeof value !== "number" || !shouldNull(`${prefix}${name}`, value)) continue;
    filtered = { ...filtered, [name]: null };
  }
  return filtered;
}

const STRING_PLACE = "strings[].";

/** The counters of the record types that one of several models feeds. */
const COUNTERS: ReadonlyMap<string, Record<"own" | "ofString", readonly string[]>> =
  new Map(
    ([
      "NormalizedInverterData",
      "NormalizedMeterData",
      "NormalizedCombinerData",
    ] as const).map((type) => {
      const fields = FIELD_MAPPINGS[type].flatMap((mapping) => [
        ...mapping.fields.values(),
      ]);
      const counters = [...new Set(fields)].filter((field) =>
        counterUnitOf(field) !== ""
      );
      return [type, {
        own: counters.filter((field) => !field.includes(".")),
        ofString: counters.filter((field) => field.startsWith(STRING_PLACE))
          .map((field) => field.slice(STRING_PLACE.length)),
      }];
    }),
  );

/** The unit of a field that counts energy or charge; empty for any other field. */
export function counterUnitOf(field: string): string {
  return /_(wh|vah|varh|ah)$/.exec(field)?.[1] ?? "";
}

/** Models that report the same quantities, as lists of variants. */
const VARIANT_SETS: readonly ModelVariants[] = [
  [INTEGER_INVERTERS, FLOAT_INVERTERS, new Set([701])],
  [INTEGER_METERS, FLOAT_METERS],
  [BASIC_COMBINERS, ADVANCED_COMBINERS],
  [new Set([160]), new Set([714])],
];

interface VariantPlace {
  /** Index in {@linkcode VARIANT_SETS}. */
  readonly set: number;
  /** Index within the set. */
  readonly variant: number;
}

const PLACE_BY_MODEL: ReadonlyMap<number, VariantPlace> = new Map(
  VARIANT_SETS.flatMap((variants, set) =>
    variants.flatMap((ids, variant) =>
      [...ids].map((id) => [id, { set, variant }] as const)
    )
  ),
);

/** Whether at least two of the models are variants of the same set, so that they report the same quantities. */
export function hasSeveralVariants(
  models: readonly { readonly id: number }[],
): boolean {
  const seen: (number | undefined)[] = [];
  return models.some(({ id }) => {
    const place = PLACE_BY_MODEL.get(id);
    if (place === undefined) return false;
    const first = seen[place.set] ??= place.variant;
    return first !== place.variant;
  });
}
