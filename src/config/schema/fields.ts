/**
 * The kinds of value that a configuration has: each a valibot schema that also
 * carries, as metadata, what it wants in words, for faults and for the reference.
 *
 * Values come from TOML: whole numbers are bigint there, so that `1.0` and `1`
 * are told apart.
 *
 * @module
 */

import * as v from "valibot";
import { Secret } from "../../base/secret.ts";
import { isPath } from "./names.ts";
import { BYTES_FORM, DURATION_FORM, parseBytes, parseDuration } from "./quantity.ts";
import { showBytes, showDuration } from "./quantity.ts";

/** What is known of a key beside its type. */
export interface FieldMeta {
  readonly kind:
    | "text"
    | "switchable"
    | "choice"
    | "flag"
    | "whole"
    | "bytes"
    | "duration"
    | "list"
    | "secret";
  /** What may stand there, in words: "a whole number from 1 to 65535". */
  readonly wanted: string;
  /** What it is for, in sentences. */
  readonly description: string;
  /** A value as TOML writes it. */
  readonly example: string | null;
  /** The words to choose from. */
  readonly choices?: readonly string[];
  /** Bounds of a number (bytes and durations: in bytes and ms), both allowed. */
  readonly bounds?: Bounds;
  /** What a list's elements are. */
  readonly item?: FieldMeta;
}

/** The least and the greatest value. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What the declaration says of a key. */
export interface About {
  readonly description: string;
  readonly example?: string;
}

/** A key whose value is a T once it is checked. */
export type Field<T> = v.GenericSchema<unknown, T>;

function field<T>(
  about: About,
  meta: Omit<FieldMeta, "description" | "example">,
  read: (found: unknown) => T | undefined,
): Field<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: meta.wanted });
      return NEVER;
    }),
    v.metadata({
      field: {
        ...meta,
        description: about.description,
        example: about.example ?? null,
      } satisfies FieldMeta,
    }),
  );
}

/** A text that passes `test`; `wanted` says what that is. */
export function text(
  about: About & { readonly wanted: string },
  test: (found: string) => boolean,
): Field<string> {
  return field(
    about,
    { kind: "text", wanted: about.wanted },
    (found) => typeof found === "string" && test(found) ? found : undefined,
  );
}

/** A path of a file or folder. */
export function pathText(description: string, example: string): Field<string> {
  const wanted = "a path, not empty";
  return text({ description, example, wanted }, isPath);
}

/** A text that passes `test`, or `""` or `false` for "off", both of which are read as `""`. */
export function switchable(
  about: About & { readonly wanted: string },
  test: (found: string) => boolean,
): Field<string> {
  const wanted = `${about.wanted}, or "" or false to switch it off`;
  return field(about, { kind: "switchable", wanted }, (found) => {
    if (found === false || found === "") return "";
    return typeof found === "string" && test(found) ? found : undefined;
  });
}

/** One of a few words. */
export function choice<const C extends readonly string[]>(
  about: About,
  choices: C,
): Field<C[number]> {
  const wanted = `one of ${choices.map((word) => JSON.stringify(word)).join(", ")}`;
  return field<C[number]>(
    about,
    { kind: "choice", wanted, choices },
    (found) => choices.find((word) => word === found),
  );
}

/** True or false. */
export function flag(about: About): Field<boolean> {
  return field(
    about,
    { kind: "flag", wanted: "true or false" },
    (found) => typeof found === "boolean" ? found : undefined,
  );
}

/** A whole number within bounds; `unit` is for the words alone. */
export function whole(
  about: About & Bounds & { readonly unit?: string },
): Field<number> {
  const { min, max, unit } = about;
  const wanted = `a whole number${
    unit === undefined ? "" : ` of ${unit}`
  } from ${min} to ${max}`;
  return field(about, { kind: "whole", wanted, bounds: { min, max } }, (found) => {
    if (typeof found !== "bigint") return undefined;
    return within(Number(found), about) ? Number(found) : undefined;
  });
}

/** A size in bytes: a whole number, or a text such as "1GiB". */
export function bytes(about: About & Bounds): Field<number> {
  const wanted = `${BYTES_FORM}, from ${showBytes(about.min)} to ${
    showBytes(about.max)
  }`;
  const bounds = { min: about.min, max: about.max };
  return field(about, { kind: "bytes", wanted, bounds }, (found) => {
    const value = typeof found === "bigint"
      ? Number(found)
      : typeof found === "string"
      ? parseBytes(found)
      : undefined;
    return value !== undefined && within(value, about) ? value : undefined;
  });
}

/** A duration as a text with a unit; its value is in ms. */
export function duration(about: About & Bounds): Field<number> {
  const wanted = `${DURATION_FORM}, from ${showDuration(about.min)} to ${
    showDuration(about.max)
  }`;
  const bounds = { min: about.min, max: about.max };
  return field(about, { kind: "duration", wanted, bounds }, (found) => {
    const value = typeof found === "string" ? parseDuration(found) : undefined;
    return value !== undefined && within(value, about) ? value : undefined;
  });
}

/** What the declaration says of a list. */
export interface ListAbout extends About {
  readonly wanted: string;
  readonly lengthMin: number;
  readonly lengthMax: number;
}

/** A list of values of one kind, none of them twice. Elements are checked one by one. */
export function list<T>(
  about: ListAbout,
  item: Field<T>,
): Field<T[]> {
  const itemMeta = metaOf(item);
  const meta: FieldMeta = {
    kind: "list",
    wanted: about.wanted,
    description: about.description,
    example: about.example ?? null,
    ...(itemMeta === undefined ? {} : { item: itemMeta }),
  };
  return v.pipe(
    v.array(item),
    v.minLength(about.lengthMin),
    v.maxLength(about.lengthMax),
    v.check((items) => new Set(items).size === items.length),
    v.metadata({ field: meta }),
  ) as unknown as Field<T[]>;
}

/** A secret: it comes by the environment (as a {@linkcode Secret}), never by the file. */
export function secret(about: About & { readonly wanted: string }): Field<Secret> {
  return field(
    about,
    { kind: "secret", wanted: about.wanted },
    (found) => found instanceof Secret && found.reveal() !== "" ? found : undefined,
  );
}

/** The metadata of a field; undefined if it is none. */
export function metaOf(schema: v.GenericSchema): FieldMeta | undefined {
  const { field } = v.getMetadata(schema) as { field?: FieldMeta };
  return field;
}

function within(value: number, { min, max }: Bounds): boolean {
  return value >= min && value <= max;
}
