/**
 * Quirks: deviations of a device from the specifications, as data. They are
 * detected by the agent, configured for one device, or known for a manufacturer or model of
 * devices. Pure.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import { REGISTERS_PER_READ_MAX } from "../base/network/modbus_protocol.ts";
import type { ReadFunction } from "../modbus/reader.ts";
import { READ_SIZE_MIN } from "../sunspec/plan/poll_plan.ts";

/** The quirks of a device; a missing one means that the device follows the specifications. */
export interface Quirks {
  /** Zero-based address of the `SunS` marker. */
  readonly base?: number;
  /** The only read function that the device supports. */
  readonly functionCode?: ReadFunction;
  /** Maximum number of registers per request, 4..125. */
  readonly registersPerReadMax?: number;
  /** False = the device rejects reads across a model boundary. */
  readonly readsAcrossModels?: boolean;
  /** Minimum pause between a response and the next request, in ms. */
  readonly gapMs?: number;
  /** Minimum pause between a connect and the first request, in ms. */
  readonly connectGapMs?: number;
  /** False = responses do not repeat the transaction id of their request. */
  readonly echoesTransactionId?: boolean;
  /** True = units at one address are separate devices although they report the same serial number. */
  readonly unitsShareSerial?: boolean;
  /** `little` = numbers of several registers begin with their least significant word. */
  readonly wordOrder?: WordOrder;
  /** True = the device counts energy in signed numbers, possibly downwards from 0. */
  readonly signedAccumulators?: boolean;
}

/** The orders of the registers of a number. */
export const WORD_ORDERS = ["big", "little"] as const;

/** The order of the registers of a number; SunSpec requires `big`. */
export type WordOrder = typeof WORD_ORDERS[number];

/** Sources of quirks, in order of precedence: the first one that states a quirk wins. */
export const QUIRK_SOURCES = ["device", "file", "learned", "built-in"] as const;

/**
 * A source of quirks: the device's own settings, the quirks file, the agent's
 * detection, the built-in table.
 */
export type QuirkSource = (typeof QUIRK_SOURCES)[number];

/** The quirks of one device, by source. */
export type QuirkLayers = Readonly<Partial<Record<QuirkSource, Quirks>>>;

/** One quirk that is in effect. */
export interface EffectiveQuirk {
  /** Configuration key, such as `gap_ms`. */
  readonly name: string;
  readonly value: number | boolean | string;
  readonly source: QuirkSource;
}

interface QuirkSpec {
  /** Configuration key. */
  readonly name: string;
  readonly isValid: (value: unknown) => boolean;
}

const wholeWithin = (min: number, max: number) => (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
const oneOf = (...values: readonly unknown[]) => (value: unknown): boolean =>
  values.includes(value);

/** All quirks, with their configuration keys and allowed values. */
const SPECS: Readonly<Record<keyof Quirks, QuirkSpec>> = {
  base: { name: "base", isValid: wholeWithin(0, 65_533) },
  functionCode: { name: "function_code", isValid: oneOf(3, 4) },
  registersPerReadMax: {
    name: "registers_per_read_max",
    isValid: wholeWithin(READ_SIZE_MIN, REGISTERS_PER_READ_MAX),
  },
  readsAcrossModels: { name: "reads_across_models", isValid: oneOf(true, false) },
  gapMs: { name: "gap_ms", isValid: wholeWithin(0, 10_000) },
  connectGapMs: { name: "connect_gap_ms", isValid: wholeWithin(0, 10_000) },
  echoesTransactionId: { name: "echoes_transaction_id", isValid: oneOf(true, false) },
  unitsShareSerial: { name: "units_share_serial", isValid: oneOf(true, false) },
  wordOrder: { name: "word_order", isValid: oneOf(...WORD_ORDERS) },
  signedAccumulators: { name: "signed_accumulators", isValid: oneOf(true, false) },
};

const NAMES = Object.keys(SPECS) as readonly (keyof Quirks)[];

/**
 * Resolves the quirks of a device: for each quirk, the value from the first source
 * that states it. A learned value overrides an earlier source only if it is
 * stricter: a device that rejects reads of 100 registers is not sent such reads
 * because a file states 125.
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

/** The quirks in effect with their sources, for display. */
export function listQuirks(layers: QuirkLayers): readonly EffectiveQuirk[] {
  return NAMES.flatMap((name) => {
    const source = sourceOf(name, layers);
    const value = source === undefined ? undefined : layers[source]?.[name];
    return source === undefined || value === undefined
      ? []
      : [{ name: SPECS[name].name, value, source }];
  });
}

/** Parses quirks from an object with configuration keys; unknown keys and invalid values are ignored. */
export function parseQuirks(found: unknown): Quirks {
  if (!isObject(found)) return {};
  const quirks: Record<string, unknown> = {};
  for (const key of NAMES) {
    const { name, isValid } = SPECS[key];
    if (Object.hasOwn(found, name) && isValid(found[name])) quirks[key] = found[name];
  }
  return quirks;
}

/** Converts quirks to an object with configuration keys. */
export function serialiseQuirks(
  quirks: Quirks,
): Readonly<Record<string, number | boolean | string>> {
  return Object.fromEntries(NAMES.flatMap((key) => {
    const value = quirks[key];
    return value === undefined ? [] : [[SPECS[key].name, value]];
  }));
}

/** The source that takes effect for one quirk. */
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
