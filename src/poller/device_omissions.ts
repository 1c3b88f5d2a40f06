/**
 * Describes what is missing from the records of a device that answers. Pure.
 *
 * @module
 */

import { equalTexts, isNamed } from "../sunspec/chain_parts.ts";
import type { SkippedModel } from "./commissioning/chain_check.ts";
import type { DeviceParts } from "./commissioning/device_parts.ts";
import { partId } from "./commissioning/layout_difference.ts";

/** The part of a device's state that the description depends on. */
export interface OmissionState {
  readonly skipped: readonly SkippedModel[];
  readonly parts: DeviceParts | undefined;
  /** Ids of the models that polls read, model 1 among them; undefined = not known. */
  readonly polledModels: readonly number[] | undefined;
}

/** The models and parts that no record is made from, and why; one text each. */
export function describeOmissions(
  { skipped, parts, polledModels }: OmissionState,
  { polls, records }: { readonly polls: number; readonly records: number },
): string[] {
  return [
    ...polls > 0 && records === 0
      ? [`no record since the start: ${describeModels(polledModels ?? [])}`]
      : [],
    ...skipped.map(({ reason }) => `${reason}; it is asked for again every minute`),
    ...parts === undefined ? [] : describeLeftOut(parts),
  ];
}

function describeModels(models: readonly number[]): string {
  const others = models.filter((id) => id !== 1);
  return others.length === 0
    ? "the device has no model that records are made from"
    : `its models ${others.join(", ")} contain no measurement`;
}

/** Describes the parts of a device that are left out; one text each. */
export function describeLeftOut(
  { sample, registry, deviceId }: Pick<DeviceParts, "sample" | "registry" | "deviceId">,
): string[] {
  if (sample === undefined) return [];
  const present = new Set(sample.segments.map(({ number }) => number));
  const absent = registry.parts
    .filter(({ number }) => !present.has(number))
    .map(({ number }) => partId(deviceId, number)).join(", ");
  return sample.segments.flatMap(({ address, number, identity }) => {
    if (number !== null) return [];
    const isEqual = registry.parts.some(({ texts }) => equalTexts(texts, identity));
    return isEqual && isNamed(identity)
      ? [
        `the models from ${address} on are left out: devices with these texts came or ` +
        "went, and model 1 does not show which; their records continue when the chain " +
        "is as before, or under a new id after one hour",
      ]
      : [
        `the sub-device at ${address} is left out: its model 1 does not show whether it ` +
        `is one of ${absent} or another device`,
      ];
  });
}
