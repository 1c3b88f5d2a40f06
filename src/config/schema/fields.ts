/**
 * The kinds of value that a configuration has. Each is a valibot schema that parses and
 * checks the value and carries, as metadata, its description and its allowed values
 * for messages and for the reference.
 *
 * Values come from TOML, where integers are bigint, so that `1.0` and `1` differ.
 *
 * @module
 */

import * as v from "valibot";
import { Secret } from "../../base/secret.ts";
import { isPath } from "./names.ts";
import {
  BYTES_FORM,
  DURATION_FORM,
  formatBytesExact,
  formatDurationExact,
  parseBytes,
  parseDuration,
} from "./quantity.ts";

/** Declaration of a key, except its type. */
export interface FieldMeta {
  readonly kind:
    | "text"
    | "switchable"
    | "choice"
    | "boolean"
    | "integer"
    | "bytes"
    | "duration"
    | "list"
    | "secret";
  /** The allowed values in words: "an integer from 1 to 65535". */
  readonly wanted: string;
  /** Purpose of the key, in sentences. */
  readonly description: string;
  /** A value as TOML writes it. */
  readonly example: string | null;
  /** The allowed words. */
  readonly choices?: readonly string[];
  /** Inclusive limits of a number (sizes in bytes, durations in ms). */
  readonly bounds?: NumberBounds;
  /** The elements of a list. */
  readonly item?: FieldMeta;
  /** Source of a secret that may not be in the file. */
  readonly instead?: string;
}

/** The smallest and the largest value. */
export interface NumberBounds {
  readonly min: number;
  readonly max: number;
}

/** The texts of a key. */
export interface FieldText {
  readonly description: string;
  readonly example?: string;
}

/** A key whose checked value is a T. */
export type Field<T> = v.GenericSchema<unknown, T>;

function meta(
  { description, example = null }: { description: string; example?: string | null },
  rest: Omit<FieldMeta, "description" | "example">,
): { readonly field: FieldMeta } {
  return { field: { ...rest, description, example } };
}

/** A text that passes `test`; `wanted` describes the test. */
export function textField(
  about: FieldText & { readonly wanted: string },
  test: (found: string) => boolean,
): Field<string> {
  const { wanted } = about;
  return v.pipe(
    v.string(),
    v.check(test),
    v.metadata(meta(about, { kind: "text", wanted })),
  );
}

/** A path of a file or folder. */
export function pathField(description: string, example: string): Field<string> {
  return textField({ description, example, wanted: "a non-empty path" }, isPath);
}

/** A text that passes `test`; `""` and `false` mean "off" and are read as `""`. */
export function switchableField(
  about: FieldText & { readonly wanted: string },
  test: (found: string) => boolean,
): Field<string> {
  const wanted = `${about.wanted}, or "" or false to switch it off`;
  return v.pipe(
    v.union([v.string(), v.literal(false)]),
    v.transform((found) => found === false ? "" : found),
    v.check((found) => found === "" || test(found)),
    v.metadata(meta(about, { kind: "switchable", wanted })),
  );
}

/** One of a few words. */
export function choiceField<const C extends readonly string[]>(
  about: FieldText,
  choices: C,
): Field<C[number]> {
  const wanted = `one of ${choices.map((word) => JSON.stringify(word)).join(", ")}`;
  return v.pipe(
    v.picklist(choices),
    v.metadata(meta(about, { kind: "choice", wanted, choices })),
  );
}

/** True or false. */
export function booleanField(about: FieldText): Field<boolean> {
  const wanted = "true or false";
  return v.pipe(v.boolean(), v.metadata(meta(about, { kind: "boolean", wanted })));
}

/** An integer within limits; `unit` is only used in texts. */
export function integerField(
  about: FieldText & NumberBounds & { readonly unit?: string },
): Field<number> {
  const { min, max, unit } = about;
  const wanted = `an integer from ${min} to ${max}${
    unit === undefined ? "" : ` ${unit}`
  }`;
  return v.pipe(
    v.bigint(),
    v.minValue(BigInt(min)),
    v.maxValue(BigInt(max)),
    v.transform(Number),
    v.metadata(meta(about, { kind: "integer", wanted, bounds: { min, max } })),
  );
}

/** A size in bytes: an integer, or a string such as "1GiB". */
export function bytesField(about: FieldText & NumberBounds): Field<number> {
  const { min, max } = about;
  const wanted = `${BYTES_FORM}, from ${formatBytesExact(min)} to ${
    formatBytesExact(max)
  }`;
  return v.pipe(
    v.union([v.bigint(), v.string()]),
    v.transform((found) =>
      typeof found === "bigint" ? Number(found) : parseBytes(found)
    ),
    v.number(),
    v.minValue(min),
    v.maxValue(max),
    v.metadata(meta(about, { kind: "bytes", wanted, bounds: { min, max } })),
  );
}

/** A duration as a string with a unit; its value is in ms. */
export function durationField(about: FieldText & NumberBounds): Field<number> {
  const { min, max } = about;
  const wanted = `${DURATION_FORM}, from ${formatDurationExact(min)} to ${
    formatDurationExact(max)
  }`;
  return v.pipe(
    v.string(),
    v.transform(parseDuration),
    v.number(),
    v.minValue(min),
    v.maxValue(max),
    v.metadata(meta(about, { kind: "duration", wanted, bounds: { min, max } })),
  );
}

/** The texts and limits of a list. */
export interface ListText extends FieldText {
  readonly wanted: string;
  readonly lengthMin: number;
  readonly lengthMax: number;
}

/** A list of different values of one kind. Every element is checked by itself. */
export function listField<T>(about: ListText, item: Field<T>): Field<T[]> {
  const { wanted, lengthMin, lengthMax } = about;
  const itemMeta = metaOf(item);
  return v.pipe(
    v.array(item),
    v.minLength(lengthMin),
    v.maxLength(lengthMax),
    v.check((items) => new Set(items).size === items.length),
    v.metadata(
      meta(about, { kind: "list", wanted, ...(itemMeta && { item: itemMeta }) }),
    ),
  );
}

/**
 * A secret. It comes from the environment (as a {@linkcode Secret}) and never from the
 * file; `instead` names the allowed sources.
 */
export function secretField(
  about: FieldText & { readonly instead: string },
): Field<Secret> {
  const { instead } = about;
  const wanted = `not in this file: use ${instead}`;
  return v.pipe(
    v.instance(Secret),
    v.check((found) => found.reveal() !== ""),
    v.metadata(meta(about, { kind: "secret", wanted, instead })),
  );
}

/** The metadata of a field; undefined if the schema is not a field. */
export function metaOf(schema: v.GenericSchema): FieldMeta | undefined {
  const { field } = v.getMetadata(schema) as { field?: FieldMeta };
  return field;
}
