/**
 * Numbers the parts of a device: the device itself is 1 and has its id, a sub-device is
 * `<id>.<n>`. A number belongs to one manufacturer, model and serial number from first
 * sight on and is never reassigned. Pure.
 *
 * @module
 */

import {
  type ChainSegment,
  compatibleTexts,
  completeTexts,
  equalTexts,
  isNamed,
  NO_TEXTS,
  partStarts,
  type PartTexts,
} from "../sunspec/chain_parts.ts";

/** Maximum number of parts of one device that are remembered; a further one is left out. */
export const PARTS_MAX = 128;

/** A part that was seen, now or earlier. */
export interface KnownPart {
  readonly number: number;
  readonly texts: PartTexts;
}

/** A segment of the chain with the number of its part. */
export interface NumberedSegment {
  readonly number: number;
  readonly models: readonly number[];
  readonly texts: PartTexts;
}

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

/** A segment of the current chain with the texts that its model 1 has now. */
export interface SeenSegment extends Pick<ChainSegment, "models"> {
  readonly texts: PartTexts;
}

/** The numbers of the segments of a chain. */
export interface NumberedChain {
  /** One per segment; null = left out, because the part cannot be recognised. */
  readonly numbers: readonly (number | null)[];
  readonly registry: PartRegistry;
}

/** Options of {@linkcode numberParts}. */
export interface NumberingOptions {
  /** Whether another device has the id `<id>.<n>`. */
  readonly isTaken?: (number: number) => boolean;
  /**
   * Whether a part that lacks texts, and may be one of several known parts, gets a
   * number of its own instead of being left out.
   */
  readonly acceptsUnnamed?: boolean;
}

/** A part of the current chain: one or several segments with the same texts. */
interface Candidate {
  readonly texts: PartTexts;
  /** The number that the place had in the last chain, if all of the chain agrees with it. */
  readonly placed: number | undefined;
  number: number | null;
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
  const { isTaken = () => false, acceptsUnnamed = false } = options;
  const agrees = agreesWithLast(registry, segments);
  const texts = segments.map((segment, at) => {
    const known = agrees ? registry.chain[at]?.texts : undefined;
    return known === undefined ? segment.texts : completeTexts(known, segment.texts);
  });
  const starts = partStarts(texts);
  const candidates: Candidate[] = texts.flatMap((own, at) =>
    starts[at] === true
      ? [{
        texts: own,
        placed: agrees ? registry.chain[at]?.number : undefined,
        number: null,
      }]
      : []
  );
  const known = registry.parts.filter(({ number }) => number === 1 || !isTaken(number));
  recognise(candidates, known);
  const [head] = candidates;
  if (head !== undefined && head.number === null) {
    const others = known.filter(({ number }) => number !== 1);
    const isFree = candidates.every(({ number }) => number !== 1);
    const isUnclear = !acceptsUnnamed && mayBeAbsent(head.texts, others, candidates);
    if (isFree && !isUnclear) head.number = 1;
  }
  const added = numberNewcomers(candidates, registry, known, {
    isTaken,
    acceptsUnnamed,
  });
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

/** Numbers the candidates that are known by their texts, then those known by their place. */
function recognise(
  candidates: readonly Candidate[],
  known: readonly KnownPart[],
): void {
  const isFree = (number: number): boolean =>
    candidates.every((candidate) => candidate.number !== number);
  for (const candidate of candidates) {
    if (!isNamed(candidate.texts)) continue;
    const match = known.find(({ number, texts }) =>
      equalTexts(texts, candidate.texts) && isFree(number)
    );
    candidate.number = match?.number ?? null;
  }
  for (const candidate of candidates) {
    const { placed, texts } = candidate;
    if (candidate.number !== null || placed === undefined || !isFree(placed)) continue;
    const match = known.find(({ number }) => number === placed);
    if (match !== undefined && compatibleTexts(match.texts, texts)) {
      candidate.number = placed;
    }
  }
}

/** Numbers the remaining candidates. Returns the parts to add to the registry. */
function numberNewcomers(
  candidates: readonly Candidate[],
  { parts: remembered, instances }: PartRegistry,
  known: readonly KnownPart[],
  { isTaken, acceptsUnnamed }: Required<NumberingOptions>,
): KnownPart[] {
  const added: KnownPart[] = [];
  let last = Math.max(1, instances, ...remembered.map(({ number }) => number));
  const hasFirst = remembered.some(({ number }) => number === 1);
  for (const candidate of candidates) {
    const { texts } = candidate;
    if (candidate.number === 1 && !hasFirst) added.push({ number: 1, texts });
    if (candidate.number !== null) continue;
    if (remembered.length + added.length >= PARTS_MAX) continue;
    if (!acceptsUnnamed && mayBeAbsent(texts, known, candidates)) continue;
    do last++; while (isTaken(last));
    candidate.number = last;
    added.push({ number: last, texts });
  }
  return added;
}

/** Whether a part that lacks texts may be a known part that is not recognised in this chain. */
function mayBeAbsent(
  texts: PartTexts,
  known: readonly KnownPart[],
  candidates: readonly Candidate[],
): boolean {
  const isComplete = Object.values(texts).every((text) => text !== null);
  return !isComplete && known.some((part) =>
    compatibleTexts(part.texts, texts) &&
    candidates.every(({ number }) => number !== part.number)
  );
}

/** A known part with the texts that it has now: those of the device itself may change. */
function renew(part: KnownPart, candidates: readonly Candidate[]): KnownPart {
  const seen = candidates.find(({ number }) => number === part.number);
  if (seen === undefined) return part;
  const texts = part.number === 1 && !compatibleTexts(part.texts, seen.texts)
    ? seen.texts
    : completeTexts(part.texts, seen.texts);
  return equalTexts(texts, part.texts) ? part : { ...part, texts };
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
