/**
 * Flags a `sampled_at` that cannot be right. Pure.
 *
 * @module
 */

import { isClockCredible } from "../base/credible_clock.ts";
import { type Draft, withSource } from "./record.ts";

/** The flag on a `sampled_at` before the date of the program. */
export const CLOCK_FLAG = "sampled_at:clock-not-credible";

/** The draft, flagged and `suspect` if the clock cannot have been right. */
export function flagTime(draft: Draft): Draft {
  const { source } = draft;
  if (isClockCredible(source.sampled_at)) return draft;
  const flags = [...source.flags, CLOCK_FLAG].sort();
  return withSource(draft, { ...source, quality: "suspect", flags });
}
