/**
 * The JSON form of a part registry, for the device cache. Pure.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import { CHAIN_LIMITS } from "../sunspec/chain.ts";
import type { PartTexts } from "../sunspec/chain_parts.ts";
import { MODEL_ID_MAX } from "../sunspec/spec.ts";
import type { KnownPart, NumberedSegment } from "./known_part.ts";
import { type PartRegistry, PARTS_MAX } from "./part_registry.ts";

/** Maximum value of a part's number in the file: higher ones are damage. */
const NUMBER_MAX = 65_535;

/** Converts a registry to plain JSON. */
export function serialisePartRegistry(
  { parts, chain, instances }: PartRegistry,
): unknown {
  return {
    parts: parts.map(({ number, texts, equals, isRetired }) => ({
      n: number,
      texts: toList(texts),
      ...equals === undefined ? {} : { equals },
      ...isRetired === undefined ? {} : { retired: isRetired },
    })),
    chain: chain.map(({ number, models, texts }) => ({
      n: number,
      models,
      texts: toList(texts),
    })),
    instances,
  };
}

/** Validates the JSON form. Returns undefined if it is damaged in any place. */
export function parsePartRegistry(found: unknown): PartRegistry | undefined {
  if (!isObject(found)) return undefined;
  const { parts, chain, instances } = found;
  if (!Array.isArray(parts) || parts.length > PARTS_MAX) return undefined;
  if (!Array.isArray(chain) || chain.length > CHAIN_LIMITS.modelsMax) return undefined;
  if (!isNumber(instances, 0)) return undefined;
  const known = parts.map(parseKnownPart);
  const segments = chain.map(parseSegment);
  const numbers = new Set(known.map((part) => part?.number));
  const isValid = known.every((part) => part !== undefined) &&
    segments.every((each) => each !== undefined && numbers.has(each.number)) &&
    numbers.size === known.length;
  if (!isValid) return undefined;
  return {
    parts: known.filter((part) => part !== undefined),
    chain: segments.filter((each) => each !== undefined),
    instances,
  };
}

function parsePart(
  found: unknown,
): Pick<KnownPart, "number" | "texts"> | undefined {
  if (!isObject(found)) return undefined;
  const { n } = found;
  const texts = toTexts(found["texts"]);
  return isNumber(n, 1) && texts !== undefined ? { number: n, texts } : undefined;
}

function parseKnownPart(found: unknown): KnownPart | undefined {
  const part = parsePart(found);
  if (part === undefined || !isObject(found)) return undefined;
  const { equals, retired } = found;
  // 0 stands before the models of each part: see `equal_parts.ts`.
  const isValid = equals === undefined ||
    isModelList(equals, 2 * CHAIN_LIMITS.modelsMax, 0);
  if (!isValid || (retired !== undefined && retired !== true)) return undefined;
  return {
    ...part,
    ...equals === undefined ? {} : { equals },
    ...retired === undefined ? {} : { isRetired: retired },
  };
}

function parseSegment(found: unknown): NumberedSegment | undefined {
  const part = parsePart(found);
  if (part === undefined || !isObject(found)) return undefined;
  const { models } = found;
  return isModelList(models, CHAIN_LIMITS.modelsMax, 1)
    ? { ...part, models }
    : undefined;
}

function isModelList(
  found: unknown,
  lengthMax: number,
  idMin: number,
): found is number[] {
  return Array.isArray(found) && found.length <= lengthMax &&
    found.every((id) => isNumber(id, idMin, MODEL_ID_MAX));
}

function toList({ manufacturer, model, serial }: PartTexts): (string | null)[] {
  return [manufacturer, model, serial];
}

function toTexts(found: unknown): PartTexts | undefined {
  if (!Array.isArray(found) || found.length !== 3) return undefined;
  const [manufacturer, model, serial]: readonly unknown[] = found;
  if (!isText(manufacturer) || !isText(model) || !isText(serial)) return undefined;
  return { manufacturer, model, serial };
}

function isText(found: unknown): found is string | null {
  return found === null || typeof found === "string";
}

function isNumber(found: unknown, min: number, max = NUMBER_MAX): found is number {
  return typeof found === "number" && Number.isInteger(found) && found >= min &&
    found <= max;
}
