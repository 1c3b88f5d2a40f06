/**
 * The parts of a device: as they were seen earlier, and as the current chain has them.
 *
 * @module
 */

import type { ChainSegment, PartTexts } from "../sunspec/chain_parts.ts";

/** A part that was seen, now or earlier. */
export interface KnownPart {
  readonly number: number;
  readonly texts: PartTexts;
  /** The set that its number was given for; see `equal_parts.ts`. Absent = empty. */
  readonly equals?: readonly number[];
  /** Whether another set with the same texts was seen since; absent = no. */
  readonly isRetired?: true;
}

/** A segment of the chain with the number of its part. */
export interface NumberedSegment {
  readonly number: number;
  readonly models: readonly number[];
  readonly texts: PartTexts;
}

/** A segment of the current chain with the texts that its model 1 has now. */
export interface SeenSegment extends Pick<ChainSegment, "models"> {
  readonly texts: PartTexts;
  /** Ids of the models that polls read; absent = all. */
  readonly polled?: readonly number[];
}

/**
 * Lists the models of a part whose records are numbered by their order; empty = the part
 * has at most one record of each kind. Null = no record is made of these models.
 */
export type ListOrdered = (ids: readonly number[]) => readonly number[] | null;

/** Options of `numberParts`. */
export interface NumberingOptions {
  /** Whether another device has the id `<id>.<n>`. */
  readonly isTaken?: (number: number) => boolean;
  /**
   * Whether a part that lacks texts, and may be one of several known parts, gets a
   * number of its own instead of being left out.
   */
  readonly acceptsUnnamed?: boolean;
  /**
   * Whether parts that their texts do not distinguish, and whose set has changed, get
   * numbers of their own instead of being left out.
   */
  readonly acceptsEquals?: boolean;
  /** `repeatedModels` if absent. */
  readonly listOrdered?: ListOrdered;
}
