/**
 * What a device's past and its nameplate say of its readings. A counter that
 * cannot be believed is taken out: null and a flag, so that no record carries a
 * false 0 or a leap. A power that cannot be is passed on with a flag.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag, Points } from "../sunspec/decode.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../sunspec/definition.ts";
import { type CounterState, judge, NEW_COUNTER } from "./counter.ts";
import { countersOf, modulusOf, perHourMaxOf } from "./counter_points.ts";
import { RATED_MODELS, ratedPowerW, spikesOf } from "./nameplate.ts";
import type { RecordIdentity } from "./record.ts";

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
}

/** A model's counters, by path. */
type CounterStates = Map<string, CounterState>;

/** Makes a guard that knows nothing yet. */
export function createGuard(): Guard {
  let owner: RecordIdentity | undefined;
  let ratedW: number | null = null;
  const states = new Map<string, CounterStates>();

  function statesOf(key: string): CounterStates {
    const before = states.get(key);
    if (before !== undefined) return before;
    const made: CounterStates = new Map();
    states.set(key, made);
    return made;
  }

  return {
    check(identity, models, planned, atMs) {
      if (owner !== undefined && isAnother(owner, identity)) {
        states.clear();
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

interface Known {
  readonly states: CounterStates;
  readonly ratedW: number | null;
  readonly atMs: number;
}

/** A model without the counters that cannot be believed. */
function checkCounters(
  model: DecodedModel,
  top: GroupDefinition,
  known: Known,
): DecodedModel {
  const added: DecodeFlag[] = [];
  let seen: { readonly counts: boolean; readonly running: boolean } | undefined;

  /** What the model as a whole shows; asked for only where a counter leaves a doubt. */
  function whole(): { readonly counts: boolean; readonly running: boolean } {
    return seen ??= {
      counts: someNumber(model.points, top, countersOf),
      running: !hasSome(top, powersOf) || someNumber(model.points, top, powersOf),
    };
  }

  function value(
    point: PointDefinition,
    path: string,
    groups: readonly Points[],
  ): "believed" | "held" {
    const said = groups[0]?.[point.name];
    if (typeof said !== "number" && typeof said !== "bigint") return "believed";
    const number = Number(said);
    const flagged = model.flags.some((flag) => flag.path === path);
    const before = known.states.get(path) ?? NEW_COUNTER;
    const { state, verdict } = judge(before, {
      value: number,
      modulus: modulusOf(point, groups),
      perHourMax: perHourMaxOf(point, known.ratedW),
      atMs: known.atMs,
      credible: !flagged && (number > 0 || whole().counts),
      get running() {
        return whole().running;
      },
    });
    if (state !== before) known.states.set(path, state);
    const { reason } = verdict;
    if (reason !== undefined) added.push({ path, reason });
    return verdict.passes ? "believed" : "held";
  }

  /** The group's values, the same object where all are believed. */
  function check(
    group: GroupDefinition,
    outer: readonly Points[],
    points: Points,
    prefix: string,
  ): Points {
    const groups = [points, ...outer];
    const changed: Record<string, null | readonly Points[]> = {};
    for (const point of countersOf(group)) {
      const verdict = value(point, `${prefix}${point.name}`, groups);
      if (verdict === "held") changed[point.name] = null;
    }
    for (const inner of group.groups) {
      const before = points[inner.name];
      if (!isGroups(before) || !hasCounters(inner)) continue;
      const after = before.map((each, at) =>
        check(inner, groups, each, `${prefix}${inner.name}[${at}].`)
      );
      if (after.some((each, at) => each !== before[at])) changed[inner.name] = after;
    }
    return Object.keys(changed).length === 0 ? points : { ...points, ...changed };
  }

  if (!hasCounters(top)) return model;
  const points = check(top, [], model.points, "");
  if (points === model.points && added.length === 0) return model;
  return { ...model, points, flags: [...model.flags, ...added] };
}

function hasCounters(group: GroupDefinition): boolean {
  return hasSome(group, countersOf);
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
