/**
 * Splits a model chain into the parts of a device: a model 1 with other texts begins a
 * sub-device, such as a meter behind an inverter. Pure.
 *
 * @module
 */

import type { Identity } from "./identity.ts";
import { COMMON_MODEL_ID } from "./spec.ts";

/** The texts that identify a part of a device; null = empty. */
export type PartTexts = Pick<Identity, "manufacturer" | "model" | "serial">;

/** The texts of a part whose model 1 is empty or could not be read. */
export const NO_TEXTS: PartTexts = { manufacturer: null, model: null, serial: null };

/** The models from one model 1 to the next, in chain order. */
export interface ChainSegment {
  /** Zero-based address of its first model. */
  readonly address: number;
  /** Ids of its models, its model 1 included. */
  readonly models: readonly number[];
  /** Address of its model 1; undefined = it has none, which only the first segment can. */
  readonly common: number | undefined;
}

/** Splits a chain at each model 1. Models before the first model 1 belong to its segment. */
export function segmentsOf(
  chain: readonly { readonly id: number; readonly address: number }[],
): ChainSegment[] {
  const segments: { address: number; models: number[]; common: number | undefined }[] =
    [];
  for (const { id, address } of chain) {
    const last = segments.at(-1);
    const isCommon = id === COMMON_MODEL_ID;
    const common = isCommon ? address : undefined;
    if (last === undefined || (isCommon && last.common !== undefined)) {
      segments.push({ address, models: [id], common });
    } else {
      last.models.push(id);
      last.common ??= common;
    }
  }
  return segments;
}

/**
 * Whether each segment begins a part. A segment with the texts of the one before it
 * belongs to the same part, unless these texts are empty.
 */
export function partStarts(texts: readonly PartTexts[]): boolean[] {
  return texts.map((own, at) => {
    const before = texts[at - 1];
    return before === undefined || !isNamed(own) || !equalTexts(own, before);
  });
}

/** Whether at least one text is present. */
export function isNamed({ manufacturer, model, serial }: PartTexts): boolean {
  return manufacturer !== null || model !== null || serial !== null;
}

/** Whether all three texts are equal. */
export function equalTexts(one: PartTexts, other: PartTexts): boolean {
  return one.manufacturer === other.manufacturer && one.model === other.model &&
    one.serial === other.serial;
}

/** Whether the texts may belong to one device: each is equal, or one of the two is empty. */
export function compatibleTexts(one: PartTexts, other: PartTexts): boolean {
  return (["manufacturer", "model", "serial"] as const).every((text) =>
    one[text] === null || other[text] === null || one[text] === other[text]
  );
}

/** The texts of `known`, completed by those of `seen` where it has none. */
export function completeTexts(known: PartTexts, seen: PartTexts): PartTexts {
  return {
    manufacturer: known.manufacturer ?? seen.manufacturer,
    model: known.model ?? seen.model,
    serial: known.serial ?? seen.serial,
  };
}
