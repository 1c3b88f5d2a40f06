/**
 * Numbers the parts of a device: the device itself is 1 and has its id, a sub-device is
 * `<id>.<n>`. A number belongs to one manufacturer, model and serial number from first
 * sight on and is never reassigned. Pure.
 *
 * @module
 */

import {
  compatibleTexts,
  completeTexts,
  equalTexts,
  isNamed,
  NO_TEXTS,
  partStarts,
  type PartTexts,
} from "../sunspec/chain_parts.ts";
import { equalModels, repeatedModels } from "./equal_parts.ts";
import type {
  KnownPart,
  NumberedSegment,
  NumberingOptions,
  SeenSegment,
} from "./known_part.ts";
import {
  candidatesOf,
  mayBeAbsent,
  type PartCandidate,
  recogniseByPlace,
  recogniseByTexts,
  recogniseHead,
} from "./part_recognition.ts";

/** Maximum number of parts of one device that are remembered; a further one is left out. */
export const PARTS_MAX = 128;

/** What is remembered of the parts of one device. */
export interface PartRegistry {
  /** Every part that was ever seen. */
  readonly parts: readonly KnownPart[];
  /** The last chain all of whose parts were recognised. */
  readonly chain: readonly NumberedSegment[];
  /**
   * The highest k of a record `<id>.<k>` of the device itself, which has several
   * inverters or meters; 0 = none. A sub-device gets a higher number.
   */
  readonly instances: number;
}

/** The registry of a device that was never seen. */
export const EMPTY_REGISTRY: PartRegistry = { parts: [], chain: [], instances: 0 };

/** The numbers of the segments of a chain. */
export interface NumberedChain {
  /** One per segment; null = left out, because the part cannot be recognised. */
  readonly numbers: readonly (number | null)[];
  readonly registry: PartRegistry;
}

/**
 * Assigns a number to each segment of a chain: by its texts, by its place where texts
 * are missing and the rest of the chain agrees with the last one, otherwise the next
 * free number. The first segment is the device itself, unless it is known as another
 * part of it.
 */
export function numberParts(
  registry: PartRegistry,
  segments: readonly SeenSegment[],
  options: NumberingOptions = {},
): NumberedChain {
  const used = {
    isTaken: () => false,
    acceptsUnnamed: false,
    acceptsEquals: false,
    listOrdered: repeatedModels,
    ...options,
  };
  const agrees = agreesWithLast(registry, segments);
  const last = agrees ? registry.chain : [];
  const texts = segments.map(({ texts: own }, at) => {
    const known = last[at]?.texts;
    return known === undefined ? own : completeTexts(known, own);
  });
  const starts = partStarts(texts);
  const candidates = candidatesOf(segments, { texts, starts, last }, used.listOrdered);
  const known = registry.parts.filter(({ number }) =>
    number === 1 || !used.isTaken(number)
  );
  recogniseByTexts(candidates, known);
  recogniseByPlace(candidates, known);
  recogniseHead(candidates, known, used);
  const added = numberNewcomers(candidates, registry, known, used);
  let part = -1;
  const numbers = starts.map((begins) => {
    if (begins) part++;
    return candidates[part]?.number ?? null;
  });
  const parts = [...registry.parts.map((one) => renew(one, candidates)), ...added];
  const chain = rechain(registry, segments, texts, numbers);
  return { numbers, registry: { ...registry, parts, chain } };
}

/** Whether the chain has the models of the last one, and no text that contradicts it. */
function agreesWithLast(
  { chain, parts }: PartRegistry,
  segments: readonly SeenSegment[],
): boolean {
  return chain.length === segments.length && segments.every(({ models, texts }, at) => {
    const last = chain[at];
    if (last === undefined || !compatibleTexts(texts, last.texts)) return false;
    const owners = parts.filter((part) => equalTexts(part.texts, texts));
    const isOther = isNamed(texts) && owners.length > 0 &&
      owners.every(({ number }) => number !== last.number);
    return !isOther && models.length === last.models.length &&
      models.every((id, nth) => id === last.models[nth]);
  });
}

/** Numbers the remaining candidates. Returns the parts to add to the registry. */
function numberNewcomers(
  candidates: readonly PartCandidate[],
  { parts: remembered, instances }: PartRegistry,
  known: readonly KnownPart[],
  { isTaken, acceptsUnnamed, acceptsEquals }: Required<NumberingOptions>,
): KnownPart[] {
  const added: KnownPart[] = [];
  let last = Math.max(1, instances, ...remembered.map(({ number }) => number));
  const hasFirst = remembered.some(({ number }) => number === 1);
  for (const candidate of candidates) {
    const { texts, set, isUnclear } = candidate;
    if (candidate.number === 1 && !hasFirst) {
      added.push(withSet({ number: 1, texts }, set));
    }
    if (candidate.number !== null) continue;
    if (remembered.length + added.length >= PARTS_MAX) continue;
    if (isUnclear && !acceptsEquals) continue;
    if (!acceptsUnnamed && mayBeAbsent(texts, known, candidates)) continue;
    do last++; while (isTaken(last));
    candidate.number = last;
    added.push(withSet({ number: last, texts }, set));
  }
  return added;
}

/** A part that has a set now; null = the set that it had. */
function withSet(part: KnownPart, set: readonly number[] | null): KnownPart {
  const { number, texts } = part;
  const equals = set ?? part.equals ?? [];
  return equals.length === 0 ? { number, texts } : { number, texts, equals };
}

/** A known part with the texts that it has now: those of the device itself may change. */
function renew(part: KnownPart, candidates: readonly PartCandidate[]): KnownPart {
  const seen = candidates.find(({ number }) => number === part.number);
  if (seen === undefined) return isReplaced(part, candidates) ? retire(part) : part;
  const texts = part.number === 1 && !compatibleTexts(part.texts, seen.texts)
    ? seen.texts
    : completeTexts(part.texts, seen.texts);
  const renewed = withSet({ ...part, texts }, seen.set);
  const isSame = equalTexts(texts, part.texts) &&
    equalModels(renewed.equals ?? [], part.equals ?? []) &&
    (part.isRetired !== true || seen.set === null);
  return isSame ? part : renewed;
}

/** Whether the chain contains another set of devices with the texts of a known part. */
function isReplaced(part: KnownPart, candidates: readonly PartCandidate[]): boolean {
  return candidates.some(({ texts, set, number, isUnclear }, at) => {
    if (set === null) return false;
    if (isNamed(texts) && equalTexts(texts, part.texts)) return true;
    return at === 0 && part.number === 1 && number !== 1 && isUnclear;
  });
}

function retire(part: KnownPart): KnownPart {
  return part.isRetired === true ? part : { ...part, isRetired: true };
}

/** The chain to remember; the last one, if a part of this one was not recognised. */
function rechain(
  registry: PartRegistry,
  segments: readonly SeenSegment[],
  texts: readonly PartTexts[],
  numbers: readonly (number | null)[],
): readonly NumberedSegment[] {
  const chain: NumberedSegment[] = [];
  for (const [at, { models }] of segments.entries()) {
    const number = numbers[at] ?? null;
    if (number === null) return registry.chain;
    chain.push({ number, models, texts: texts[at] ?? NO_TEXTS });
  }
  return chain;
}
