/**
 * Polls for tests of the plausibility filter.
 *
 * @module
 */

import {
  createPlausibilityFilter,
  type PlausibilityFilter,
} from "../../records/plausibility/plausibility_filter.ts";
import {
  type DecodedModel,
  type DecodeFlag,
  type Points,
  toNamed,
} from "../../sunspec/decode/decode.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
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

/** Filters polls one after another, ten seconds apart. The results have the points that were given. */
export function createPolls(
  filter: PlausibilityFilter = createPlausibilityFilter(),
): (models: readonly PolledModel[], identity?: Identity) => DecodedModel[] {
  let atMs = 0;
  return (models: readonly PolledModel[], identity = SAME): DecodedModel[] => {
    atMs += EVERY_MS;
    const readings = models.map(([definition, points, flags = []]) =>
      readingOf(definition, { id: definition.id, address: 0, length: 0, points, flags })
    );
    return filter.filterModels(identity, readings, atMs).map((reading, at) => {
      const view = toNamed(reading);
      return { ...view, points: givenOf(models[at]?.[1] ?? {}, view.points) };
    });
  };
}

/** The values of the points that were given. */
function givenOf(given: Points, points: Points): Points {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const now = points[name];
      return [
        name,
        Array.isArray(value) && Array.isArray(now)
          ? value.map((each, at) => givenOf(each, now[at] ?? {}))
          : now === undefined
          ? value
          : now,
      ];
    }),
  );
}
