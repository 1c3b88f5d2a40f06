/**
 * Tells apart what model 1 does not: parts with equal texts, and several inverters or
 * meters of one part. They are numbered by their order, so a number is valid only as
 * long as their set is the one that was numbered. Pure.
 *
 * @module
 */

import { equalTexts, type PartTexts } from "../sunspec/chain_parts.ts";
import { COMMON_MODEL_ID } from "../sunspec/spec.ts";
import type { KnownPart } from "./known_part.ts";

/** The models that a part has several times: each record is of one model. */
export function repeatedModels(ids: readonly number[]): readonly number[] | null {
  const others = ids.filter((id) => id !== COMMON_MODEL_ID);
  return others.length === 0
    ? null
    : others.filter((id) => others.indexOf(id) !== others.lastIndexOf(id));
}

/** Stands before the models of each part in the set of several parts with equal texts. */
const PART = 0;

/**
 * The set of devices that nothing but their order distinguishes: the models of one part,
 * or of all parts with equal texts. Empty = one part, with one device of each kind.
 */
export function equalSet(parts: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = parts;
  return parts.length < 2 ? first : parts.flatMap((models) => [PART, ...models]);
}

/** Number of devices in a set, without those that are distinguished by their kind. */
function sizeOf(set: readonly number[]): number {
  const size = set.filter((id, at) => id !== PART || (set[at + 1] ?? PART) === PART);
  return Math.max(1, size.length);
}

/** Whether two lists of models are equal. */
export function equalModels(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, at) => id === other[at]);
}

/** Whether a part may have a set: it had the same one, or none that needs an order. */
export function mayHaveSet(
  { equals = [] }: KnownPart,
  set: readonly number[] | null,
): boolean {
  return set === null || equals.length === 0 || equalModels(equals, set);
}

/**
 * The known parts that are the parts of a chain with these texts, in chain order.
 *
 * A set is recognised if it is the last one, or the largest one ever: then nothing is
 * absent. A smaller set that comes back may be another selection of the same devices.
 *
 * @param count number of parts in the chain with these texts.
 * @param set null = no record is made of them.
 * @returns empty = no part with these texts is known; undefined = which one it is cannot
 * be told.
 */
export function findEqualParts(
  texts: PartTexts,
  { set, count }: { readonly set: readonly number[] | null; readonly count: number },
  known: readonly KnownPart[],
): readonly KnownPart[] | undefined {
  const own = known.filter((part) => equalTexts(part.texts, texts));
  if (own.length === 0) return own;
  const current = own.filter(({ isRetired }) => isRetired !== true);
  if (set === null) {
    return count === 1 ? [...current, ...own].slice(0, 1) : undefined;
  }
  const hasSet = ({ equals = [] }: KnownPart): boolean => equalModels(equals, set);
  const last = current.filter(hasSet);
  if (last.length === count) return last;
  const same = own.filter(hasSet);
  const isLargest = own.every((part) =>
    same.includes(part) || sizeOf(part.equals ?? []) < sizeOf(set)
  );
  if (same.length === count && isLargest) return same;
  // Numbered records of a part that had none until now: none of these ids is in use.
  const isFirst = current.length === count && own.length === count &&
    own.every(({ equals = [] }) => equals.length === 0);
  return isFirst ? own : undefined;
}
