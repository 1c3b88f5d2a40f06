/**
 * What a device's past and its nameplate say of its readings. A counter that
 * cannot be believed is taken out: null and a flag, so that no record carries a
 * false 0 or a leap. A power that cannot be is passed on with a flag.
 *
 * @module
 */

import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import {
  checkCounters,
  type CounterStates,
  createCounterStates,
} from "./counter_check.ts";
import { createFormWatch, type FormWatch } from "./model_variants.ts";
import { RATED_MODELS, ratedPowerW, spikesOf } from "./nameplate.ts";
import type { RecordIdentity } from "../record.ts";

/** Watches the readings of one device from poll to poll. What it remembers ends with the agent. */
export interface Guard {
  /**
   * The models of a poll as they may go into records; the very same object
   * where there is nothing to say of one. Another device in the old one's place
   * begins anew.
   *
   * @param planned the models' definitions, in the same order.
   * @param atMs monotonic time of the poll, in ms.
   */
  check(
    identity: RecordIdentity,
    models: readonly DecodedModel[],
    planned: readonly { readonly definition: ModelDefinition }[],
    atMs: number,
  ): DecodedModel[];
  /** Called with the drafts of the same poll: see {@linkcode FormWatch.follow}. */
  readonly follow: FormWatch["follow"];
}

/** Makes a guard that knows nothing yet. */
export function createGuard(): Guard {
  let owner: RecordIdentity | undefined;
  let ratedW: number | null = null;
  const states = new Map<string, CounterStates>();
  const forms = createFormWatch();

  function statesOf(key: string): CounterStates {
    const before = states.get(key);
    if (before !== undefined) return before;
    const made = createCounterStates();
    states.set(key, made);
    return made;
  }

  return {
    follow: forms.follow,
    check(identity, models, planned, atMs) {
      if (owner !== undefined && isAnother(owner, identity)) {
        states.clear();
        forms.clear();
        ratedW = null;
        owner = undefined;
      }
      owner = withTexts(owner, identity);
      // The nameplate need not be among what every poll reads.
      ratedW = ratedPowerW(models) ?? ratedW;
      const seen = new Map<number, number>();
      return models.map((model, at) => {
        const definition = planned[at]?.definition;
        if (definition === undefined) return model;
        // By its place among its like: a chain that moves keeps its counters.
        const nth = seen.get(model.id) ?? 0;
        seen.set(model.id, nth + 1);
        const limitW = RATED_MODELS.has(model.id) ? ratedW : null;
        const spikes = limitW === null ? [] : spikesOf(model, limitW);
        const counted = checkCounters(model, definition.group, {
          states: statesOf(`${model.id}.${nth}`),
          ratedW: limitW,
          atMs,
        });
        return spikes.length === 0
          ? counted
          : { ...counted, flags: [...counted.flags, ...spikes] };
      });
    },
  };
}

/** Some devices leave their name out by night: only a text that contradicts tells another. */
function isAnother(one: RecordIdentity, other: RecordIdentity): boolean {
  return (["manufacturer", "model", "serial"] as const).some((text) =>
    one[text] !== null && other[text] !== null && one[text] !== other[text]
  );
}

/** What is said of a device now, or else was before. */
function withTexts(
  before: RecordIdentity | undefined,
  now: RecordIdentity,
): RecordIdentity {
  return {
    ...now,
    manufacturer: now.manufacturer ?? before?.manufacturer ?? null,
    model: now.model ?? before?.model ?? null,
    serial: now.serial ?? before?.serial ?? null,
  };
}
