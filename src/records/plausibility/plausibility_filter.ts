/**
 * Checks a device's readings against its earlier readings, its nameplate, its other
 * readings and what the quantities can be. An implausible counter becomes null and
 * flagged, so that no record carries a false 0 or a jump. Any other implausible value is
 * passed on and flagged.
 *
 * @module
 */

import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import {
  type CounterStates,
  createCounterStates,
  filterCounters,
} from "./counter_filter.ts";
import { createVariantTracker, type VariantTracker } from "./variant_tracker.ts";
import { powerSpikes, RATED_MODELS, ratedPowerW } from "./nameplate.ts";
import { rangeFlags } from "./physical_limits.ts";
import { powerFlags } from "./power_checks.ts";
import type { Identity } from "../../sunspec/identity.ts";

/** Filters the readings of one device. Its state lasts until the agent stops. */
export interface PlausibilityFilter {
  /**
   * Filters the models of one poll; a model without a finding is returned as the
   * same object. The state is reset when another device takes the place of the
   * previous one.
   *
   * @param planned the definitions of the models, in the same order.
   * @param atMs monotonic time of the poll, in ms.
   */
  filterModels(
    identity: Identity,
    models: readonly DecodedModel[],
    planned: readonly { readonly definition: ModelDefinition }[],
    atMs: number,
  ): DecodedModel[];
  /** Filters the drafts of the same poll: see {@linkcode VariantTracker.filterDrafts}. */
  readonly filterDrafts: VariantTracker["filterDrafts"];
}

/** Creates a filter without any earlier reading. */
export function createPlausibilityFilter(): PlausibilityFilter {
  let owner: Identity | undefined;
  let ratedW: number | null = null;
  const states = new Map<string, CounterStates>();
  const variants = createVariantTracker();

  /** Number of models by id, as last read; not every poll reads every model. */
  const lastCounts = new Map<number, number>();

  /** Resets the counters of models that are fewer or more than before: they have moved. */
  function clearMoved(models: readonly DecodedModel[]): void {
    const counts = new Map<number, number>();
    for (const { id } of models) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      const last = lastCounts.get(id) ?? count;
      lastCounts.set(id, count);
      if (last === count) continue;
      for (let nth = 0; nth < last; nth++) states.delete(`${id}.${nth}`);
      variants.clear();
    }
  }

  function statesOf(key: string): CounterStates {
    const known = states.get(key);
    if (known !== undefined) return known;
    const created = createCounterStates();
    states.set(key, created);
    return created;
  }

  return {
    filterDrafts: variants.filterDrafts,
    filterModels(identity, models, planned, atMs) {
      if (owner !== undefined && isOtherDevice(owner, identity)) {
        states.clear();
        variants.clear();
        ratedW = null;
        owner = undefined;
      }
      owner = withKnownTexts(owner, identity);
      clearMoved(models);
      // Not every poll reads the nameplate.
      ratedW = ratedPowerW(models) ?? ratedW;
      const counts = new Map<number, number>();
      return models.map((model, at) => {
        const definition = planned[at]?.definition;
        if (definition === undefined) return model;
        // Keyed by id and position among equal ids: a chain that moves keeps its counters.
        const nth = counts.get(model.id) ?? 0;
        counts.set(model.id, nth + 1);
        const limitW = RATED_MODELS.has(model.id) ? ratedW : null;
        const suspect = [
          ...limitW === null ? [] : powerSpikes(model, limitW),
          ...rangeFlags(model, definition.group),
          ...powerFlags(model, definition.group),
        ];
        const filtered = filterCounters(model, definition.group, {
          states: statesOf(`${model.id}.${nth}`),
          ratedW: limitW,
          atMs,
        });
        return suspect.length === 0
          ? filtered
          : { ...filtered, flags: [...filtered.flags, ...suspect] };
      });
    },
  };
}

/** Some devices report no identity at night, so only differing texts mean another device. */
function isOtherDevice(one: Identity, other: Identity): boolean {
  return (["manufacturer", "model", "serial"] as const).some((text) =>
    one[text] !== null && other[text] !== null && one[text] !== other[text]
  );
}

/** The current identity, with absent texts taken from the earlier one. */
function withKnownTexts(
  before: Identity | undefined,
  now: Identity,
): Identity {
  return {
    ...now,
    manufacturer: now.manufacturer ?? before?.manufacturer ?? null,
    model: now.model ?? before?.model ?? null,
    serial: now.serial ?? before?.serial ?? null,
  };
}
