/**
 * Rules that assign quirks to makes of devices, by the identity that they report.
 * Pure.
 *
 * @module
 */

import type { Identity } from "../sunspec/identity.ts";
import type { QuirkLayers, Quirks } from "./quirks.ts";

/** A pattern for identities, and the quirks of the devices that match it. */
export interface QuirkRule {
  /** Patterns for the texts of model 1: case-insensitive, `*` matches any text; undefined matches everything. */
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly quirks: Quirks;
}

/** A rule that is built into the agent. */
export interface BuiltInQuirk extends QuirkRule {
  /** URL of the source. */
  readonly source: string;
}

/** Publicly documented quirks. Every rule must name its source. */
export const BUILT_IN_QUIRKS: readonly BuiltInQuirk[] = [
  {
    // Requests sent immediately after the connection is opened are lost.
    manufacturer: "Huawei*",
    quirks: { connectGapMs: 1_000 },
    source: "https://github.com/openhab/openhab-core/issues/2926",
  },
  // KOSTAL Smart Energy Meter: exported energy counts downwards from 0.
  ...["*KSEM*", "*Smart Energy Meter*"].map((model): BuiltInQuirk => ({
    manufacturer: "KOSTAL*",
    model,
    quirks: { signedAccumulators: true },
    source: "https://github.com/CJNE/ha-sunspec/issues/249",
  })),
];

/**
 * The quirks that rules assign to a device: for each quirk, the value from the first
 * matching rule that states it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { findQuirks } from "./quirk_rules.ts";
 *
 * const rules = [
 *   { manufacturer: "acme", model: "X*", quirks: { gapMs: 50 } },
 *   { manufacturer: "ACME", quirks: { gapMs: 10, registersPerReadMax: 64 } },
 * ];
 * const device = { options: null, firmware: "1", serial: "7", manufacturer: "Acme" };
 * deepStrictEqual(findQuirks(rules, { ...device, model: "X1" }), {
 *   gapMs: 50,
 *   registersPerReadMax: 64,
 * });
 * ```
 */
export function findQuirks(rules: readonly QuirkRule[], device: Identity): Quirks {
  return rules.filter((rule) =>
    matchesPattern(rule.manufacturer, device.manufacturer) &&
    matchesPattern(rule.model, device.model) &&
    matchesPattern(rule.firmware, device.firmware)
  ).reduceRight<Quirks>((found, { quirks }) => ({ ...found, ...quirks }), {});
}

/** Looks up the quirks of a device in the quirks file and in the built-in table. */
export type QuirkLookup = (device: Identity) => Pick<QuirkLayers, "file" | "built-in">;

/** Creates a lookup from the rules of the quirks file; the built-in rules are added. */
export function createQuirkLookup(fileRules: readonly QuirkRule[]): QuirkLookup {
  return (device) => ({
    file: findQuirks(fileRules, device),
    "built-in": findQuirks(BUILT_IN_QUIRKS, device),
  });
}

/** Matches piece by piece instead of with a regular expression, so that no pattern takes long. */
function matchesPattern(pattern: string | undefined, found: string | null): boolean {
  if (pattern === undefined) return true;
  const text = (found ?? "").trim().toLowerCase();
  const [first = "", ...others] = pattern.trim().toLowerCase().split("*");
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const next = text.indexOf(piece, at);
    if (next < 0) return false;
    at = next + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
