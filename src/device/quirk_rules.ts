/**
 * What devices of a make need, by what they say of themselves. Pure.
 *
 * @module
 */

import type { Identity } from "./layout.ts";
import type { QuirkLayers, Quirks } from "./quirks.ts";

/** A make of devices, and what they need. */
export interface QuirkRule {
  /** As model 1 gives them, capitals aside; `*` stands for anything, undefined for whatever. */
  readonly manufacturer?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly quirks: Quirks;
}

/** A rule that comes with the agent. */
export interface KnownQuirk extends QuirkRule {
  /** Where it is said. */
  readonly source: string;
}

/** What is publicly known of devices. A rule without a source has no place here. */
export const KNOWN_QUIRKS: readonly KnownQuirk[] = [
  {
    // Requests that come right after the connect are lost.
    manufacturer: "Huawei*",
    quirks: { connectGapMs: 1_000 },
    source: "https://github.com/openhab/openhab-core/issues/2926",
  },
];

/**
 * What the rules say of a device: of each quirk, what the first rule says that
 * is meant for it.
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
    fits(rule.manufacturer, device.manufacturer) && fits(rule.model, device.model) &&
    fits(rule.firmware, device.firmware)
  ).reduceRight<Quirks>((found, { quirks }) => ({ ...found, ...quirks }), {});
}

/** What is said of devices of a make. */
export type QuirkBook = (device: Identity) => Pick<QuirkLayers, "file" | "built-in">;

/** Puts the rules of a file beside those that are known. */
export function createQuirkBook(fileRules: readonly QuirkRule[]): QuirkBook {
  return (device) => ({
    file: findQuirks(fileRules, device),
    "built-in": findQuirks(KNOWN_QUIRKS, device),
  });
}

/** Whether a text is what a pattern says; by pieces, so that no pattern takes long. */
function fits(pattern: string | undefined, found: string | null): boolean {
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
