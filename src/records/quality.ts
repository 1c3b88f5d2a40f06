/**
 * How far a record can be trusted, from the flags on its fields.
 *
 * @module
 */

import type { DecodeReason, GuardReason } from "../sunspec/decode/decode.ts";
import type { Quality } from "./record.ts";

/** What a reason makes of the record that carries it. */
const EFFECT: Readonly<Record<DecodeReason | GuardReason, Quality>> = {
  // The value is null, and not because the device does not implement it.
  "scale-absent": "partial",
  "scale-out-of-range": "partial",
  "scale-changed": "partial",
  "register-unread": "partial",
  "bitfield-invalid": "partial",
  "float-infinite": "partial",
  "length-short": "partial",
  "length-partial-group": "partial",
  // The value is null: a counter that cannot stand where it says it does.
  "counter-zero": "partial",
  "counter-back": "partial",
  "counter-jump": "partial",
  // How many MPPT inputs there are is told in two ways.
  "count-differs": "suspect",
  // A counter at its very end, or "not implemented" in the form of another type.
  "accumulator-all-ones": "suspect",
  // The value is the device's own, and its past or its nameplate speaks against it.
  "counter-reset": "suspect",
  "beyond-rating": "suspect",
  // Worth telling, and no doubt is cast on any measurement: registers that
  // nothing is defined for, a name that is spoilt, a count that is not needed.
  "length-long": "good",
  "text-not-utf8": "good",
  "count-absent": "good",
  // The value is right; who takes differences must know.
  "counter-wrapped": "good",
};

/**
 * The worst that any of the reasons makes of a record. A value that the device
 * does not implement has no flag and takes nothing away.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { qualityOf } from "./quality.ts";
 *
 * strictEqual(qualityOf(["length-long"]), "good");
 * strictEqual(qualityOf(["length-long", "scale-absent"]), "partial");
 * ```
 */
export function qualityOf(
  reasons: readonly (DecodeReason | GuardReason)[],
): Quality {
  const effects = new Set(reasons.map((reason) => EFFECT[reason]));
  if (effects.has("suspect")) return "suspect";
  return effects.has("partial") ? "partial" : "good";
}

/** The worse of two. */
export function worseOf(one: Quality, other: Quality): Quality {
  if (one === "suspect" || other === "suspect") return "suspect";
  return one === "partial" ? one : other;
}
