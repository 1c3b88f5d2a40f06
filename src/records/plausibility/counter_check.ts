/**
 * Takes the counters out of a decoded model that cannot be believed. It runs for
 * every poll: a counter that stands where it stood costs one look.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { type CounterState, judge, NEW_COUNTER, standsAt } from "./counter.ts";
import {
  countersOf,
  type Flow,
  flowPointsOf,
  modulusOf,
  perHourMaxOf,
} from "./counter_points.ts";

/** What is remembered of a model. */
export interface CounterStates {
  /** Its counters, by path. */
  readonly counters: Map<string, CounterState>;
  /** The most that it has shown while counters moved as they should; undefined = nothing yet. */
  shown: Flow | undefined;
}

/** Makes the memory of a model of which nothing is known. */
export function createCounterStates(): CounterStates {
  return { counters: new Map(), shown: undefined };
}

/** What a reading is held against. */
export interface Past {
  /** Changed by every reading. */
  readonly states: CounterStates;
  /** The most that the device can do, in W; null = it does not say. */
  readonly ratedW: number | null;
  /** Monotonic time of the poll, in ms. */
  readonly atMs: number;
}

/** A model's counters that cannot be believed null and flagged; the very same object where there is none. */
export function checkCounters(
  model: DecodedModel,
  top: GroupDefinition,
  past: Past,
): DecodedModel {
  if (!hasCounters(top)) return model;
  const added: DecodeFlag[] = [];
  let moved = false;
  let held = false;

  function isHeld(
    point: PointDefinition,
    path: string,
    points: Points,
    outer: readonly Points[],
  ): boolean {
    const said = points[point.name];
    if (typeof said !== "number" && typeof said !== "bigint") return false;
    const value = Number(said);
    const before = past.states.counters.get(path) ?? NEW_COUNTER;
    if (standsAt(before, value)) return false;
    moved = true;
    const { state, verdict } = judge(before, {
      value,
      modulus: modulusOf(point, [points, ...outer]),
      perHourMax: perHourMaxOf(point, past.ratedW, past.states.shown),
      atMs: past.atMs,
      get credible() {
        if (model.flags.some((flag) => flag.path === path)) return false;
        return value > 0 || someNumber(model.points, top, countersOf);
      },
      get running() {
        return !hasSome(top, powersOf) || someNumber(model.points, top, powersOf);
      },
    });
    past.states.counters.set(path, state);
    const { reason } = verdict;
    if (reason !== undefined) added.push({ path, reason });
    held ||= !verdict.passes;
    return !verdict.passes;
  }

  /** The group's values, the same object where all are believed. */
  function check(
    group: GroupDefinition,
    outer: readonly Points[],
    points: Points,
    prefix: string,
  ): Points {
    let checked = points;
    for (const point of countersOf(group)) {
      const path = prefix === "" ? point.name : `${prefix}${point.name}`;
      if (isHeld(point, path, points, outer)) {
        checked = { ...checked, [point.name]: null };
      }
    }
    for (const inner of group.groups) {
      const before = points[inner.name];
      if (!isGroups(before) || !hasCounters(inner)) continue;
      const around = [points, ...outer];
      const after = before.map((each, at) =>
        check(inner, around, each, `${prefix}${inner.name}[${at}].`)
      );
      if (after.some((each, at) => each !== before[at])) {
        checked = { ...checked, [inner.name]: after };
      }
    }
    return checked;
  }

  const points = check(top, [], model.points, "");
  // What a garbled poll shows must excuse no counters, neither its own nor later ones.
  if (moved && !held) {
    past.states.shown = mostShown(past.states.shown, model.points, top);
  }
  if (points === model.points && added.length === 0) return model;
  return { ...model, points, flags: [...model.flags, ...added] };
}

/** The most of what was shown before and what a group and the groups inside show now. */
function mostShown(
  before: Flow | undefined,
  points: Points,
  group: GroupDefinition,
): Flow | undefined {
  let most = before;
  for (const { name, of } of flowPointsOf(group)) {
    const value = points[name];
    most ??= { power: 0, current: 0 };
    if (typeof value !== "number") continue;
    const amount = Math.abs(value);
    if (amount > most[of]) most = { ...most, [of]: amount };
  }
  for (const inner of group.groups) {
    const instances = points[inner.name];
    if (!isGroups(instances)) continue;
    for (const each of instances) most = mostShown(most, each, inner);
  }
  return most;
}

const counting = new WeakMap<GroupDefinition, boolean>();

/** Whether a group has counters, or one inside it; found out when first asked for. */
function hasCounters(group: GroupDefinition): boolean {
  let found = counting.get(group);
  if (found === undefined) counting.set(group, found = hasSome(group, countersOf));
  return found;
}

/** Chooses among a group's own points. */
type Choose = (group: GroupDefinition) => readonly PointDefinition[];

function hasSome(group: GroupDefinition, choose: Choose): boolean {
  return choose(group).length > 0 || group.groups.some((each) => hasSome(each, choose));
}

/** Currents of models that have no power (401, 403); units alone would find ratings too. */
const CURRENTS: ReadonlySet<string> = new Set(["DCA", "InDCA"]);

/** The points that show whether a device runs. */
function powersOf(group: GroupDefinition): readonly PointDefinition[] {
  return group.points.filter(({ name, units }) => units === "W" || CURRENTS.has(name));
}

/** Whether one of the points that `choose` names says a number that is not 0. */
function someNumber(
  points: Points,
  group: GroupDefinition,
  choose: Choose,
): boolean {
  const own = choose(group).some(({ name }) => {
    const value = points[name];
    return (typeof value === "number" || typeof value === "bigint") &&
      Number(value) !== 0;
  });
  return own || group.groups.some((inner) => {
    const instances = points[inner.name];
    return isGroups(instances) &&
      instances.some((each) => someNumber(each, inner, choose));
  });
}

function isGroups(value: Points[string] | undefined): value is readonly Points[] {
  return Array.isArray(value);
}
