/**
 * Which fields of a record are counters, and which models show one thing in
 * several forms.
 *
 * @module
 */

import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import { ADVANCED_COMBINERS, BASIC_COMBINERS } from "../normalise/combiner.ts";
import { FLOAT_INVERTERS, INTEGER_INVERTERS } from "../normalise/inverter_plain.ts";
import type { Forms } from "../normalise/instances.ts";
import { FLOAT_METERS, INTEGER_METERS } from "../normalise/meter.ts";
import { RECORD_SOURCES } from "../normalise/normalise.ts";
import type { Draft } from "../record.ts";

/** Decides on one counter, by its field as flags name it. */
export type IsHeld = (field: string, value: number) => boolean;

/** The fields of a draft, those counters null that are held; the very same object if none is. */
export function withoutCounters(
  { type, fields }: Draft,
  isHeld: IsHeld,
): Draft["fields"] {
  const names = COUNTERS.get(type);
  if (names === undefined) return fields;
  const own = withoutHeld(fields, names.own, "", isHeld);
  const strings: unknown = fields["strings"];
  if (!Array.isArray(strings)) return own;
  const left = strings.map((each, at) =>
    withoutHeld(each, names.ofString, `strings[${at}].`, isHeld)
  );
  return left.some((each, at) => each !== strings[at])
    ? { ...own, ["strings"]: left }
    : own;
}

function withoutHeld(
  fields: Draft["fields"],
  names: readonly string[],
  prefix: string,
  isHeld: IsHeld,
): Draft["fields"] {
  let left = fields;
  for (const name of names) {
    const value = fields[name];
    if (typeof value !== "number" || !isHeld(`${prefix}${name}`, value)) continue;
    left = { ...left, [name]: null };
  }
  return left;
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
      const fields = RECORD_SOURCES[type].flatMap((source) => [
        ...source.fields.values(),
      ]);
      const counters = [...new Set(fields)].filter((field) => unitOf(field) !== "");
      return [type, {
        own: counters.filter((field) => !field.includes(".")),
        ofString: counters.filter((field) => field.startsWith(STRING_PLACE))
          .map((field) => field.slice(STRING_PLACE.length)),
      }];
    }),
  );

/** The unit of a field that counts energy or charge; empty if it does not. */
export function unitOf(field: string): string {
  return /_(wh|vah|varh|ah)$/.exec(field)?.[1] ?? "";
}

/** Forms that show one thing. */
const KINDS: readonly Forms[] = [
  [INTEGER_INVERTERS, FLOAT_INVERTERS, new Set([701])],
  [INTEGER_METERS, FLOAT_METERS],
  [BASIC_COMBINERS, ADVANCED_COMBINERS],
  [new Set([160]), new Set([714])],
];

/** By model: which kind it is of, and which form. */
const FORM_OF: ReadonlyMap<number, { readonly kind: number; readonly form: number }> =
  new Map(
    KINDS.flatMap((forms, kind) =>
      forms.flatMap((ids, form) => [...ids].map((id) => [id, { kind, form }] as const))
    ),
  );

/** Whether some kind is there in more than one form. */
export function showsSeveral(models: readonly DecodedModel[]): boolean {
  const seen: (number | undefined)[] = [];
  return models.some(({ id }) => {
    const found = FORM_OF.get(id);
    if (found === undefined) return false;
    const before = seen[found.kind] ??= found.form;
    return before !== found.form;
  });
}
