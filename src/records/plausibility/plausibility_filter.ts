/**
 * Checks a device's readings against its earlier readings, its nameplate, its other
 * readings and what the quantities can be. An implausible counter becomes null and
 * flagged, so that no record carries a false 0 or a jump. Any other implausible value is
 * passed on and flagged.
 *
 * @module
 */

import type { DecodeFlag } from "../../sunspec/decode/decode.ts";
import { type ModelReading, withFlags } from "../../sunspec/decode/model_reading.ts";
import type { Identity } from "../../sunspec/identity.ts";
import {
  type CounterStates,
  createCounterStates,
  filterCounters,
} from "./counter_filter.ts";
import { addPowerSpikes, RATED_MODELS, ratedPowerW } from "./nameplate.ts";
import { addRangeFlags } from "./physical_limits.ts";
import { addPowerFlags } from "./power_checks.ts";
import { createVariantTracker, type VariantTracker } from "./variant_tracker.ts";

/** Filters the readings of one device. Its state lasts until the agent stops. */
export interface PlausibilityFilter {
  /**
   * Filters the models of one poll; a model without a finding is returned as the
   * same object. The state is reset when another device takes the place of the
   * previous one.
   *
   * @param atMs monotonic time of the poll, in ms.
   */
  filterModels(
    identity: Identity,
    models: readonly ModelReading[],
    atMs: number,
  ): ModelReading[];
  /** Filters the drafts of the same poll: see {@linkcode VariantTracker.filterDrafts}. */
  readonly filterDrafts: VariantTracker["filterDrafts"];
}

/** Creates a filter without any earlier reading. */
export function createPlausibilityFilter(): PlausibilityFilter {
  let owner: Identity | undefined;
  let ratedW: number | null = null;
  /** By model id and position among equal ids. */
  const states = new Map<number, Map<number, CounterStates>>();
  const variants = createVariantTracker();

  /** Number of models by id, as last read; not every poll reads every model. */
  const lastCounts = new Map<number, number>();
  /** Ids of the models of the last poll. */
  let lastIds: readonly number[] = [];

  /** Resets the counters of models that are fewer or more than before: they have moved. */
  function clearMoved(models: readonly ModelReading[]): void {
    if (
      models.length === lastIds.length &&
      models.every(({ id }, at) => id === lastIds[at])
    ) return;
    lastIds = models.map(({ id }) => id);
    const counts = new Map<number, number>();
    for (const { id } of models) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      const last = lastCounts.get(id) ?? count;
      lastCounts.set(id, count);
      if (last === count) continue;
      for (let nth = 0; nth < last; nth++) states.get(id)?.delete(nth);
      variants.clear();
    }
  }

  /** Keyed by id and position among equal ids: a chain that moves keeps its counters. */
  function statesOf(id: number, nth: number): CounterStates {
    const ofId = states.get(id) ?? new Map<number, CounterStates>();
    states.set(id, ofId);
    const known = ofId.get(nth) ?? createCounterStates();
    ofId.set(nth, known);
    return known;
  }

  function filterModel(reading: ModelReading, nth: number, atMs: number): ModelReading {
    const limitW = RATED_MODELS.has(reading.id) ? ratedW : null;
    const suspect: DecodeFlag[] = [];
    if (limitW !== null) addPowerSpikes(suspect, reading, limitW);
    addRangeFlags(suspect, reading);
    addPowerFlags(suspect, reading);
    const context = { states: statesOf(reading.id, nth), ratedW: limitW, atMs };
    return withFlags(filterCounters(reading, context), suspect);
  }

  return {
    filterDrafts: variants.filterDrafts,
    filterModels(identity, models, atMs) {
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
      return models.map((reading, at) => filterModel(reading, nthOf(models, at), atMs));
    },
  };
}

/** How many models of the same id precede the one at an index. */
function nthOf(models: readonly ModelReading[], at: number): number {
  const id = models[at]?.id;
  let nth = 0;
  for (let before = 0; before < at; before++) {
    if (models[before]?.id === id) nth++;
  }
  return nth;
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
