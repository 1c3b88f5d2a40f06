/**
 * Replaces the implausible counters of a reading by null. Runs on every poll: an
 * unchanged counter costs one comparison, one that rises as usual a few more. The other
 * values of the poll are looked at by name only for the rest.
 *
 * @module
 */

import {
  type DecodedModel,
  type DecodeFlag,
  type Points,
  type PointValue,
  toNamed,
} from "../../sunspec/decode/decode.ts";
import type { ModelReading } from "../../sunspec/decode/model_reading.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import {
  classifyReading,
  type CounterReading,
  type CounterState,
  isUnchanged,
  UNKNOWN_COUNTER,
  usualRise,
} from "./counter.ts";
import { modulusOf, type PeakFlow, perHourMaxOf } from "./counter_points.ts";
import {
  type CounterSlot,
  type CounterSlots,
  counterSlotsOf,
  type InputSlots,
} from "./counter_slots.ts";
import {
  firstMaxOf,
  hasCountingSibling,
  mayBeIdle,
  mayBeSwapped,
  type PolledCounter,
} from "./first_limits.ts";
import { type InputPlaces, moveInputs } from "./input_places.ts";
import { hasNonZero, hasPoints, isGroups } from "./point_search.ts";
import { type CounterWords, wordsOf } from "./torn_carry.ts";

/** The state of one model's counters between polls. */
export interface CounterStates {
  /** Counter states by point path. */
  readonly counters: Map<string, CounterState>;
  /** The inputs by the path of their group. */
  readonly places: Map<string, InputPlaces>;
  /** The values in the previous poll that tell the inputs apart, by the path of their group. */
  readonly names: Map<string, readonly PointValue[]>;
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
    names: new Map(),
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
  reading: ModelReading,
  context: CounterContext,
): ModelReading {
  const { steps, flows, hasCounters } = counterSlotsOf(reading.table);
  if (!hasCounters) return reading;
  const pass: Pass = {
    reading,
    context,
    view: undefined,
    added: undefined,
    values: undefined,
    hasChanged: false,
    hasImplausible: false,
  };
  for (const step of steps) {
    if (step.kind === "inputs") followInputs(pass, step);
    else if (isWithheld(pass, step)) {
      pass.values ??= reading.values.slice();
      pass.values[step.slot] = null;
    }
  }
  const { states } = context;
  states.polledMs = context.atMs;
  // A corrupt poll must not raise the limit for its own counters or later ones.
  if (pass.hasChanged && !pass.hasImplausible) {
    states.peak = largestFlow(states.peak, reading, flows);
  }
  const { values = reading.values, added } = pass;
  if (values === reading.values && added === undefined) return reading;
  return { ...reading, values, flags: [...reading.flags, ...added ?? []] };
}

/** One pass over the counters of one model. */
interface Pass {
  readonly reading: ModelReading;
  readonly context: CounterContext;
  /** The values by name; undefined = not needed yet. */
  view: DecodedModel | undefined;
  added: DecodeFlag[] | undefined;
  /** The values without implausible counters; undefined = there is none. */
  values: PointValue[] | undefined;
  /** Whether a counter differs from its baseline. */
  hasChanged: boolean;
  hasImplausible: boolean;
}

/** Moves the counters with the inputs, if what tells them apart has changed. */
function followInputs(
  { reading: { values }, context: { states } }: Pass,
  { path, names }: InputSlots,
): void {
  const before = states.names.get(path);
  let index = 0;
  let isSame = before !== undefined;
  for (const slots of names) {
    for (const slot of slots) isSame &&= before?.[index++] === nameAt(values, slot);
  }
  if (isSame && before?.length === index) return;
  const now = names.map((slots) => slots.map((slot) => nameAt(values, slot)));
  states.names.set(path, now.flat());
  moveInputs(states.counters, states.places, { path, names: now });
}

function nameAt(values: ModelReading["values"], slot: number): PointValue {
  return slot < 0 ? null : values[slot] ?? null;
}

function isWithheld(pass: Pass, counter: CounterSlot): boolean {
  const { context: { states, ratedW, atMs }, reading: { values } } = pass;
  const counted = values[counter.slot];
  if (typeof counted !== "number" && typeof counted !== "bigint") return false;
  const value = Number(counted);
  const { path, point, flow, flows } = counter;
  const before = states.counters.get(path) ?? UNKNOWN_COUNTER;
  if (isUnchanged(before, value)) return false;
  if (before.idleAt === value) return true;
  if (value === 0 && before.baseline === undefined && isUnusedInput(values, flows)) {
    return true;
  }
  pass.hasChanged = true;
  const exponent = exponentIn(values, counter);
  const words = wordsOf(point, exponent);
  const perHourMax = perHourMaxOf(flow, ratedW, states.peak);
  const step = words === undefined ? Infinity : words.step;
  const risen = usualRise(before, { value, atMs, perHourMax }, step);
  if (risen !== undefined) {
    states.counters.set(path, risen);
    return false;
  }
  const reading = new PolledReading(pass, counter, value, exponent, perHourMax, words);
  const { state, result } = classifyReading(before, reading);
  states.counters.set(path, state);
  if (result.reason !== undefined) {
    pass.added ??= [];
    pass.added.push({ path, reason: result.reason });
  }
  if (result.kind === "plausible") return false;
  pass.hasImplausible ||= result.kind === "implausible";
  return true;
}

/**
 * Whether a counter belongs to an input without any measurement: the device has more
 * inputs in its model than in its case. Accumulators have no other "not implemented" than
 * 0.
 */
function isUnusedInput(
  values: ModelReading["values"],
  flows: readonly number[],
): boolean {
  return flows.length > 0 && flows.every((slot) => values[slot] === null);
}

function exponentIn(
  values: ModelReading["values"],
  { scale, exponent }: CounterSlot,
): number | undefined {
  if (scale < 0) return exponent;
  const value = values[scale];
  return typeof value === "number" ? value : undefined;
}

/** A reading of a counter; what is rarely asked is looked for by name. */
class PolledReading implements CounterReading {
  readonly value: number;
  readonly modulus: number;
  readonly perHourMax: number;
  readonly atMs: number;
  readonly previousMs: number;
  readonly words: CounterWords | undefined;
  readonly #pass: Pass;
  readonly #slot: CounterSlot;
  #polled: PolledCounter | undefined;

  constructor(
    pass: Pass,
    slot: CounterSlot,
    value: number,
    exponent: number | undefined,
    perHourMax: number,
    words: CounterWords | undefined,
  ) {
    this.value = value;
    this.modulus = modulusOf(slot.point, exponent);
    this.perHourMax = perHourMax;
    this.atMs = pass.context.atMs;
    this.previousMs = pass.context.states.polledMs ?? pass.context.atMs;
    this.words = words;
    this.#pass = pass;
    this.#slot = slot;
  }

  get firstMax(): number {
    return firstMaxOf(this.#counter, this.modulus, this.#pass.context.ratedW);
  }

  get credible(): boolean {
    const { reading: { flags } } = this.#pass;
    if (flags.some(({ path }) => path === this.#slot.path)) return false;
    if (mayBeSwapped(this.#counter, this.value)) return false;
    return this.value > 0 || hasCountingSibling(this.#view, this.#top, this.#counter);
  }

  get idle(): boolean {
    return mayBeIdle(this.#counter, this.value, this.modulus);
  }

  get running(): boolean {
    return !hasPoints(this.#top, activityPointsOf) ||
      hasNonZero(this.#view.points, this.#top, activityPointsOf);
  }

  get #top(): GroupDefinition {
    return this.#pass.reading.table.top.group;
  }

  get #view(): DecodedModel {
    return this.#pass.view ??= toNamed(this.#pass.reading);
  }

  get #counter(): PolledCounter {
    return this.#polled ??= polledCounterOf(this.#view.points, this.#slot);
  }
}

/** A counter with the values of its group and of the groups around it. */
function polledCounterOf(
  top: Points,
  { point, path, group, place }: CounterSlot,
): PolledCounter {
  let points = top;
  let outer: readonly Points[] = [];
  let peers: readonly Points[] | undefined;
  for (const [name, index] of place) {
    const instances = points[name];
    peers = isGroups(instances) ? instances : [];
    outer = [points, ...outer];
    points = peers[index] ?? {};
  }
  return { group, point, path, points, outer, peers };
}

/** The larger of the peak so far and the flows of a poll. */
function largestFlow(
  before: PeakFlow | undefined,
  { values }: ModelReading,
  flows: CounterSlots["flows"],
): PeakFlow | undefined {
  let peak = before;
  for (const { slot, quantity } of flows) {
    const value = values[slot];
    peak ??= { power: 0, current: 0 };
    if (typeof value !== "number") continue;
    const amount = Math.abs(value);
    if (amount > peak[quantity]) peak = { ...peak, [quantity]: amount };
  }
  return peak;
}

/** Currents of the models without a power (401, 403). By their unit alone, ratings would match too. */
const CURRENTS: ReadonlySet<string> = new Set(["DCA", "InDCA"]);

/** The points that show whether a device is running. */
function activityPointsOf(group: GroupDefinition): readonly PointDefinition[] {
  return group.points.filter(({ name, units }) => units === "W" || CURRENTS.has(name));
}
