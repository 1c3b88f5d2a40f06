/**
 * How far a record can be trusted, from the flags on its fields.
 *
 * @module
 */

import type { FieldFlag } from "./points.ts";
import type { Quality } from "./record.ts";

/**
 * Reasons that are worth telling and cast no doubt on the value: an
 * accumulator of 0 may never have counted, a text may be cut at its first NUL,
 * and what lies whole inside the length that a device states is read as it is,
 * though the length is not the definition's.
 */
const HARMLESS: ReadonlySet<string> = new Set<string>([]);

/**
 * `suspect` if a value is there in spite of its flag, else `partial` if a flag
 * took one away, else `good`. A value that the device does not implement has no
 * flag and takes nothing away.
 */
export function qualityOf(flags: readonly FieldFlag[]): Quality {
  const grave = flags.filter(({ reason }) => !HARMLESS.has(reason));
  if (grave.some(({ missing }) => !missing)) return "suspect";
  return grave.length > 0 ? "partial" : "good";
}
