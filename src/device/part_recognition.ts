/**
 * Recognises the parts of a chain among the parts that were seen earlier: by their texts,
 * by their place, or as the device itself. Pure.
 *
 * @module
 */

import {
  compatibleTexts,
  equalTexts,
  isNamed,
  type PartTexts,
} from "../sunspec/chain_parts.ts";
import { equalSet, findEqualParts, mayHaveSet } from "./equal_parts.ts";
import type {
  KnownPart,
  ListOrdered,
  NumberedSegment,
  NumberingOptions,
  SeenSegment,
} from "./known_part.ts";

/** A part of the current chain: one or several segments with the same texts. */
export interface PartCandidate {
  readonly texts: PartTexts;
  /** The number that the place had in the last chain, if all of the chain agrees with it. */
  readonly placed: number | undefined;
  /** Its models whose records are numbered by their order; null = it gives no record. */
  readonly ordered: readonly number[] | null;
  number: number | null;
  /** The set of all candidates with its texts; null = they give no record. */
  set: readonly number[] | null;
  /** Whether its texts are known, but its set is not the one that was numbered. */
  isUnclear: boolean;
}

/** The parts of a chain, before any is numbered. */
export function candidatesOf(
  segments: readonly SeenSegment[],
  { texts, starts, last }: {
    readonly texts: readonly PartTexts[];
    readonly starts: readonly boolean[];
    readonly last: readonly NumberedSegment[];
  },
  listOrdered: ListOrdered,
): PartCandidate[] {
  return texts.flatMap((own, at) => {
    if (starts[at] !== true) return [];
    const next = starts.indexOf(true, at + 1);
    const ordered = listOrdered(
      segments.slice(at, next < 0 ? undefined : next)
        .flatMap(({ models, polled }) => polled ?? models),
    );
    const placed = last[at]?.number;
    return [{
      texts: own,
      placed,
      ordered,
      number: null,
      set: ordered,
      isUnclear: false,
    }];
  });
}

/** Numbers the candidates that are known by their texts. */
export function recogniseByTexts(
  candidates: readonly PartCandidate[],
  known: readonly KnownPart[],
): void {
  const named = candidates.filter(({ texts }) => isNamed(texts));
  for (const [at, { texts }] of named.entries()) {
    const group = named.filter((each) => equalTexts(each.texts, texts));
    if (group[0] !== named[at]) continue;
    const set = group.every(({ ordered }) => ordered === null)
      ? null
      : equalSet(group.map(({ ordered }) => ordered ?? []));
    const found = findEqualParts(texts, { set, count: group.length }, known);
    group.forEach((candidate, nth) => {
      candidate.set = set;
      candidate.isUnclear = found === undefined;
      candidate.number = found?.[nth]?.number ?? null;
    });
  }
}

/** Numbers the candidates that are known by their place. */
export function recogniseByPlace(
  candidates: readonly PartCandidate[],
  known: readonly KnownPart[],
): void {
  for (const candidate of candidates) {
    const { number, placed, texts, set, isUnclear } = candidate;
    if (number !== null || placed === undefined || isUnclear) continue;
    const match = known.find((part) => part.number === placed);
    const isFree = candidates.every((each) => each.number !== placed);
    if (match === undefined || !isFree || !compatibleTexts(match.texts, texts)) {
      continue;
    }
    if (mayHaveSet(match, set)) candidate.number = placed;
    else candidate.isUnclear = true;
  }
}

/** Gives the first candidate the number of the device itself, unless it may be another part. */
export function recogniseHead(
  candidates: readonly PartCandidate[],
  known: readonly KnownPart[],
  { acceptsUnnamed }: Pick<Required<NumberingOptions>, "acceptsUnnamed">,
): void {
  const [head] = candidates;
  if (head === undefined || head.number !== null || head.isUnclear) return;
  if (candidates.some(({ number }) => number === 1)) return;
  const others = known.filter(({ number }) => number !== 1);
  if (!acceptsUnnamed && mayBeAbsent(head.texts, others, candidates)) return;
  const device = known.find(({ number }) => number === 1);
  // With other texts another device has taken its place: it has numbers of its own.
  if (
    device === undefined || !compatibleTexts(device.texts, head.texts) ||
    mayHaveSet(device, head.set)
  ) head.number = 1;
  else head.isUnclear = true;
}

/** Whether a part that lacks texts may be a known part that is not recognised in this chain. */
export function mayBeAbsent(
  texts: PartTexts,
  known: readonly KnownPart[],
  candidates: readonly PartCandidate[],
): boolean {
  const isComplete = Object.values(texts).every((text) => text !== null);
  return !isComplete && known.some((part) =>
    compatibleTexts(part.texts, texts) &&
    candidates.every(({ number }) => number !== part.number)
  );
}
