/**
 * Replaces the implausible counters of a decoded model by null. Runs on every
 * poll: an unchanged counter costs one comparison.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import {
  type ClassifiedReading,
  classifyReading,
  type CounterState,
  isUnchanged,
  UNKNOWN_COUNTER,
} from "./counter.ts";
import {
  countersOf,
  flowPointsOf,
  modulusOf,
  type PeakFlow,
  perHourMaxOf,
} from "./counter_points.ts";
import {
  firstMaxOf,
  hasCountingSibling,
  isUnusedInput,
  mayBeIdle,
  mayBeSwapped,
  type PolledCounter,
} from "./first_limits.ts";
import { type InputPlaces, moveInputs } from "./input_places.ts";
import { hasNonZero, hasPoints, isGroups } from "./point_search.ts";
import { wordsOf } from "./torn_carry.ts";

/** The state of one model's counters between polls. */
export interface CounterStates {
  /** Counter states by point path. */
  readonly counters: Map<string, CounterState>;
  /** The inputs by the path of their group. */
  readonly places: Map<string, InputPlaces>;
  /** The largest power and current of polls with plausible counters; undefined = none yet. */
  peak: PeakFlow | undefined;
  /** Monotonic time of the previous poll, in ms; undefined = none yet. */
  polledMs: number | undefined;
}

/** Creates the state before the first poll. */
export function createCounterStates(): CounterStates {
  return {
    counters: new Map(),
    places: new Map(),
    peak: undefined,
    polledMs: undefined,
  };
}

/** Reference values for the counters of a poll. */
export interface CounterContext {
  /** Updated by every call. */
  readonly states: CounterStates;
  /** The rated power of the device, in W; null = unknown. */
  readonly ratedW: number | null;
  /** Monotonic time of the poll, in ms. */
  readonly atMs: number;
}

/**
 * Replaces implausible counters by null and adds a flag for each.
 *
 * @returns the same object if nothing changed.
 */
export function filterCounters(
  model: DecodedModel,
  top: GroupDefinition,
  context: CounterContext,
): DecodedModel {
  if (!hasCounters(top)) return model;
  const pass: Pass = {
    model,
    top,
    context,
    added: [],
    hasChanged: false,
    hasImplausible: false,
  };
  const points = filterGroup(pass, top, [], model.points, "");
  const { states } = context;
  states.polledMs = context.atMs;
  // A corrupt poll must not raise the limit for its own counters or later ones.
  if (pass.hasChanged && !pass.hasImplausible) {
    states.peak = largestFlow(states.peak, model.points, top);
  }
  if (points === model.points && pass.added.length === 0) return model;
  return { ...model, points, flags: [...model.flags, ...pass.added] };
}

/** One pass over the counters of one model. */
interface Pass {
  readonly model: DecodedModel;
  readonly top: GroupDefinition;
  readonly context: CounterContext;
  readonly added: DecodeFlag[];
  /** Whether a counter differs from its baseline. */
  hasChanged: boolean;
  hasImplausible: boolean;
}

/**
 * The values of a group without implausible counters; the same object if there
 * is none.
 *
 * @param outer the values of the groups around it, innermost first.
 * @param peers all instances of the group, if it repeats.
 */
function filterGroup(
  pass: Pass,
  group: GroupDefinition,
  outer: readonly Points[],
  points: Points,
  prefix: string,
  peers?: readonly Points[],
): Points {
  let filtered = points;
  for (const point of countersOf(group)) {
    const path = prefix === "" ? point.name : `${prefix}${point.name}`;
    if (isWithheld(pass, { group, point, path, points, outer, peers })) {
      filtered = { ...filtered, [point.name]: null };
    }
  }
  for (const inner of group.groups) {
    const before = points[inner.name];
    if (!isGroups(before) || !hasCounters(inner)) continue;
    const around = [points, ...outer];
    const { counters, places } = pass.context.states;
    moveInputs(counters, places, { path: `${prefix}${inner.name}`, instances: before });
    const after = before.map((each, at) =>
      filterGroup(pass, inner, around, each, `${prefix}${inner.name}[${at}].`, before)
    );
    if (after.some((each, at) => each !== before[at])) {
      filtered = { ...filtered, [inner.name]: after };
    }
  }
  return filtered;
}

function isWithheld(pass: Pass, counter: PolledCounter): boolean {
  const { point, path, points } = counter;
  const reading = points[point.name];
  if (typeof reading !== "number" && typeof reading !== "bigint") return false;
  const value = Number(reading);
  const { counters } = pass.context.states;
  const before = counters.get(path) ?? UNKNOWN_COUNTER;
  if (isUnchanged(before, value)) return false;
  if (before.idleAt === value) return true;
  if (value === 0 && before.baseline === undefined && isUnusedInput(counter)) {
    return true;
  }
  pass.hasChanged = true;
  const { state, result } = classify(pass, counter, before, value);
  counters.set(path, state);
  if (result.reason !== undefined) pass.added.push({ path, reason: result.reason });
  if (result.kind === "plausible") return false;
  pass.hasImplausible ||= result.kind === "implausible";
  return true;
}

function classify(
  { model, top, context }: Pass,
  counter: PolledCounter,
  before: CounterState,
  value: number,
): ClassifiedReading {
  const { point, path, points, outer } = counter;
  const { ratedW } = context;
  const modulus = modulusOf(point, [points, ...outer]);
  return classifyReading(before, {
    value,
    modulus,
    perHourMax: perHourMaxOf(point, ratedW, context.states.peak),
    atMs: context.atMs,
    previousMs: context.states.polledMs ?? context.atMs,
    get words() {
      return wordsOf(point, [points, ...outer]);
    },
    get firstMax() {
      return firstMaxOf(counter, modulus, ratedW);
    },
    get credible() {
      if (model.flags.some((flag) => flag.path === path)) return false;
      if (mayBeSwapped(counter, value)) return false;
      return value > 0 || hasCountingSibling(model, top, counter);
    },
    get idle() {
      return mayBeIdle(counter, value, modulus);
    },
    get running() {
      return !hasPoints(top, activityPointsOf) ||
        hasNonZero(model.points, top, activityPointsOf);
    },
  });
}

/** The larger of the peak so far and the flows of a group and the groups inside it. */
function largestFlow(
  before: PeakFlow | undefined,
  points: Points,
  group: GroupDefinition,
): PeakFlow | undefined {
  let peak = before;
  for (const { name, quantity } of flowPointsOf(group)) {
    const value = points[name];
    peak ??= { power: 0, current: 0 };
    if (typeof value !== "number") continue;
    const amount = Math.abs(value);
    if (amount > peak[quantity]) peak = { ...peak, [quantity]: amount };
  }
  for (const inner of group.groups) {
    const instances = points[inner.name];
    if (!isGroups(instances)) continue;
    for (const each of instances) peak = largestFlow(peak, each, inner);
  }
  return peak;
}

const withCounters = new WeakMap<GroupDefinition, boolean>();

/** Whether a group or a group inside it has counters; computed once per definition. */
function hasCounters(group: GroupDefinition): boolean {
  let found = withCounters.get(group);
  if (found === undefined) {
    withCounters.set(group, found = hasPoints(group, countersOf));
  }
  return found;
}

/** Currents of the models without a power (401, 403). By their unit alone, ratings would match too. */
const CURRENTS: ReadonlySet<string> = new Set(["DCA", "InDCA"]);

/** The points that show whether a device is running. */
function activityPointsOf(group: GroupDefinition): readonly PointDefinition[] {
  return group.points.filter(({ name, units }) => units === "W" || CURRENTS.has(name));
}
