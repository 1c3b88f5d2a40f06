/**
 * Polls for tests of the plausibility filter.
 *
 * @module
 */

import {
  createPlausibilityFilter,
  type PlausibilityFilter,
} from "../../records/plausibility/plausibility_filter.ts";
import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import type { Identity } from "../../sunspec/identity.ts";

/** The identity that every poll has, unless a test names another. */
export const SAME: Identity = {
  manufacturer: "M",
  model: "X",
  serial: "1",
  options: null,
  firmware: "1",
};
/** Time between two polls. */
export const EVERY_MS = 10_000;

/** One model of a poll, decoded. */
export type PolledModel = readonly [
  definition: ModelDefinition,
  points: Points,
  flags?: readonly DecodeFlag[],
];

/** Filters polls one after another, ten seconds apart. */
export function createPolls(
  filter: PlausibilityFilter = createPlausibilityFilter(),
): (models: readonly PolledModel[], identity?: Identity) => DecodedModel[] {
  let atMs = 0;
  return (models: readonly PolledModel[], identity = SAME): DecodedModel[] => {
    atMs += EVERY_MS;
    return filter.filterModels(
      identity,
      models.map(([{ id }, points, flags = []]) => {
        return { id, address: 0, length: 0, points, flags };
      }),
      models.map(([definition]) => ({ definition })),
      atMs,
    );
  };
}
