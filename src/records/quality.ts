/**
 * Derives the quality of a record from the flags on its fields.
 *
 * @module
 */

import type { DecodeReason, PlausibilityReason } from "../sunspec/decode/decode.ts";
import type { Quality } from "./record.ts";

/** The quality of a record whose worst flag has this reason. */
const QUALITY_BY_REASON: Readonly<Record<DecodeReason | PlausibilityReason, Quality>> =
  {
    // The value is null although the device implements the point.
    "scale-absent": "partial",
    "scale-unread": "partial",
    "scale-out-of-range": "partial",
    "scale-changed": "partial",
    "register-unread": "partial",
    "bitfield-invalid": "partial",
    "float-infinite": "partial",
    // Every value of the model is null.
    "frame-all-ones": "partial",
    "frame-all-zeros": "partial",
    "length-short": "partial",
    "length-partial-group": "partial",
    // The value is null: the counter's reading is implausible.
    "counter-zero": "partial",
    "counter-back": "partial",
    "counter-jump": "partial",
    "counter-unproven": "partial",
    // The count point and the length of the model disagree about the number of groups.
    "count-differs": "suspect",
    // Either the maximum of the counter, or the "not implemented" value of another type.
    "accumulator-all-ones": "suspect",
    // Smaller than any measurement: the words of the number may be swapped.
    "float-tiny": "suspect",
    // The value is passed on although earlier readings or the nameplate contradict it.
    "counter-reset": "suspect",
    "beyond-rating": "suspect",
    "out-of-range": "suspect",
    "int16-overflow": "suspect",
    "pf-unsigned": "suspect",
    // The registers may be those of another model.
    "length-mismatch": "suspect",
    // No measurement is affected: registers without a definition, an invalid
    // text, a count that is not needed.
    "length-long": "good",
    "text-not-utf8": "good",
    "count-absent": "good",
    // The value is correct; the flag is for consumers that compute differences.
    "counter-wrapped": "good",
  };

/**
 * The worst quality that any of the reasons implies. A point that the device
 * does not implement has no flag and does not lower the quality.
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
  reasons: readonly (DecodeReason | PlausibilityReason)[],
): Quality {
  const effects = new Set(reasons.map((reason) => QUALITY_BY_REASON[reason]));
  if (effects.has("suspect")) return "suspect";
  return effects.has("partial") ? "partial" : "good";
}

/** The worse of two qualities. */
export function worseQuality(one: Quality, other: Quality): Quality {
  if (one === "suspect" || other === "suspect") return "suspect";
  return one === "partial" ? one : other;
}
