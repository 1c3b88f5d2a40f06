/**
 * What a device needs that others do not, as data: found out by the agent,
 * set for one device, or stated for a make of devices. Pure.
 *
 * @module
 */

import type { ReadFunction } from "../modbus/reader.ts";

/** What a device needs; what is not there is as the specifications have it. */
export interface Quirks {
  /** Zero-based address at which the `SunS` marker stands. */
  readonly base?: number;
  /** The read function that the device answers. */
  readonly functionCode?: ReadFunction;
  /** The most registers that one request may ask for, 4..125. */
  readonly registersPerReadMax?: number;
  /** False: a read across the border of two models is refused. */
  readonly readsAcrossModels?: boolean;
  /** The least pause between an answer and the next request, in ms. */
  readonly gapMs?: number;
  /** The least pause between a connect and the first request, in ms. */
  readonly connectGapMs?: number;
  /** False: answers carry another transaction id than their requests. */
  readonly echoesTransactionId?: boolean;
  /** True: units of one serial number at one address are devices of their own all the same. */
  readonly unitsShareSerial?: boolean;
}

/** Who says so; the first that says anything of a quirk is believed. */
export const QUIRK_SOURCES = ["device", "file", "learned", "built-in"] as const;

/**
 * Who says so: the device's own settings, the file of quirks, the agent itself,
 * the table that comes with it.
 */
export type QuirkSource = (typeof QUIRK_SOURCES)[number];

/** What each source says of one device. */
export type QuirkLayers = Readonly<Partial<Record<QuirkSource, Quirks>>>;

/** One quirk that is in force. */
export interface ListedQuirk {
  /** As in the configuration: `gap_ms`. */
  readonly name: string;
  readonly value: number | boolean;
  readonly source: QuirkSource;
}

interface Kind {
  /** As in the configuration. */
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
}

const wholeWithin = (min: number, max: number) => (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
const oneOf = (...values: readonly unknown[]) => (value: unknown): boolean =>
  values.includes(value);

/** Every quirk there is, and what it may be. */
const KINDS: Readonly<Record<keyof Quirks, Kind>> = {
  base: { name: "base", holds: wholeWithin(0, 65_533) },
  functionCode: { name: "function_code", holds: oneOf(3, 4) },
  registersPerReadMax: { name: "registers_per_read_max", holds: wholeWithin(4, 125) },
  readsAcrossModels: { name: "reads_across_models", holds: oneOf(true, false) },
  gapMs: { name: "gap_ms", holds: wholeWithin(0, 10_000) },
  connectGapMs: { name: "connect_gap_ms", holds: wholeWithin(0, 10_000) },
  echoesTransactionId: { name: "echoes_transaction_id", holds: oneOf(true, false) },
  unitsShareSerial: { name: "units_share_serial", holds: oneOf(true, false) },
};

const NAMES = Object.keys(KINDS) as readonly (keyof Quirks)[];

/**
 * What is in force for a device: of each quirk, what its first source says.
 * What was learned only ever makes a setting stricter: a device that refuses
 * reads of 100 registers is not asked for them because a file says 125.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { effectiveQuirks } from "./quirks.ts";
 *
 * const layers = {
 *   device: { gapMs: 50 },
 *   file: { gapMs: 20, registersPerReadMax: 100 },
 *   learned: { registersPerReadMax: 64 },
 * };
 * deepStrictEqual(effectiveQuirks(layers), { gapMs: 50, registersPerReadMax: 64 });
 * ```
 */
export function effectiveQuirks(layers: QuirkLayers): Quirks {
  const effective: Record<string, unknown> = {};
  for (const name of NAMES) {
    const source = sourceOf(name, layers);
    if (source !== undefined) effective[name] = layers[source]?.[name];
  }
  return effective;
}

/** The quirks in force, with who says so, for people. */
export function listQuirks(layers: QuirkLayers): readonly ListedQuirk[] {
  return NAMES.flatMap((name) => {
    const source = sourceOf(name, layers);
    const value = source === undefined ? undefined : layers[source]?.[name];
    return source === undefined || value === undefined
      ? []
      : [{ name: KINDS[name].name, value, source }];
  });
}

/** Reads quirks by their names in the configuration; what is not one is left out. */
export function parseQuirks(found: unknown): Quirks {
  if (typeof found !== "object" || found === null) return {};
  const named = found as Readonly<Record<string, unknown>>;
  const quirks: Record<string, unknown> = {};
  for (const key of NAMES) {
    const { name, holds } = KINDS[key];
    if (Object.hasOwn(named, name) && holds(named[name])) quirks[key] = named[name];
  }
  return quirks;
}

/** Quirks by their names in the configuration. */
export function nameQuirks(
  quirks: Quirks,
): Readonly<Record<string, number | boolean>> {
  return Object.fromEntries(NAMES.flatMap((key) => {
    const value = quirks[key];
    return value === undefined ? [] : [[KINDS[key].name, value]];
  }));
}

/** Whose word counts for one quirk. */
function sourceOf(name: keyof Quirks, layers: QuirkLayers): QuirkSource | undefined {
  const stated = QUIRK_SOURCES.find((source) => layers[source]?.[name] !== undefined);
  const learned = layers.learned?.[name];
  if (stated === undefined || learned === undefined || stated === "learned") {
    return stated;
  }
  return isStricter(name, learned, layers[stated]?.[name]) ? "learned" : stated;
}

function isStricter(name: keyof Quirks, learned: unknown, stated: unknown): boolean {
  switch (name) {
    case "registersPerReadMax":
      return Number(learned) < Number(stated);
    case "gapMs":
    case "connectGapMs":
      return Number(learned) > Number(stated);
    case "readsAcrossModels":
      return learned === false;
    default:
      return false;
  }
}
