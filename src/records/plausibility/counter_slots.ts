/**
 * The counters of a table, with the slots that decide whether a reading is the usual one.
 *
 * @module
 */

import {
  type InstanceSlots,
  oncePerTable,
  type PointTable,
} from "../../sunspec/decode/point_table.ts";
import { isCounterPoint } from "../../sunspec/definition/counter_points.ts";
import type { PointDefinition } from "../../sunspec/definition/definition.ts";
import {
  countersOf,
  flowOfUnits,
  flowPointsOf,
  type PeakFlow,
} from "./counter_points.ts";
import { hasPoints } from "./point_search.ts";

/** The place of a group instance: the groups from the top, and the index in each. */
export type InstancePlace = readonly (readonly [group: string, index: number])[];

/** One counter of a group instance. */
export interface CounterSlot {
  readonly kind: "counter";
  readonly slot: number;
  readonly point: PointDefinition;
  readonly path: string;
  readonly group: InstanceSlots["group"];
  readonly place: InstancePlace;
  /** What limits its rise; null = it counts neither energy nor charge. */
  readonly flow: keyof PeakFlow | null;
  /** Slot of its scale factor; -1 = `exponent` applies. */
  readonly scale: number;
  /** Undefined = the device has none. */
  readonly exponent: number | undefined;
  /** The powers and currents of its instance, if the group repeats. */
  readonly flows: readonly number[];
}

/** The instances of a group with counters, which the names or numbers in them tell apart. */
export interface InputSlots {
  readonly kind: "inputs";
  readonly path: string;
  /** The slots of one kind of name, by instance; -1 = there is none. */
  readonly names: readonly (readonly number[])[];
}

/** A slot with a power or a current. */
export interface FlowSlot {
  readonly slot: number;
  readonly quantity: keyof PeakFlow;
}

/** The counters of a table, and its powers and currents. */
export interface CounterSlots {
  /** In the order in which they are checked. */
  readonly steps: readonly (CounterSlot | InputSlots)[];
  readonly flows: readonly FlowSlot[];
  /** Whether the definition has counters. */
  readonly hasCounters: boolean;
}

/** The counters of a table; computed once per table. */
export const counterSlotsOf = oncePerTable((table): CounterSlots => {
  const steps: (CounterSlot | InputSlots)[] = [];
  const flows: FlowSlot[] = [];
  addInstance(steps, table, [table.top], []);
  addFlows(flows, table.top);
  return { steps, flows, hasCounters: hasPoints(table.top.group, countersOf) };
});

/** Names that tell the inputs of an inverter apart, in order of preference. */
const INPUT_NAMES = ["IDStr", "ID"] as const;

/** @param around the instance, then the instances that contain it, innermost first. */
function addInstance(
  steps: CounterSlots["steps"][number][],
  table: PointTable,
  around: readonly [InstanceSlots, ...InstanceSlots[]],
  place: InstancePlace,
): void {
  const [{ group, path, first, groups }] = around;
  const flows = place.length === 0
    ? []
    : flowSlotsOf(around[0]).map(({ slot }) => slot);
  for (const [nth, point] of group.points.entries()) {
    if (!isCounterPoint(point)) continue;
    const { scale, exponent } = scaleOf(point, around);
    const own = {
      slot: first + nth,
      point,
      path: `${path}${point.name}`,
      group,
      place,
    };
    const flow = flowOfUnits(point.units);
    steps.push({ kind: "counter", ...own, flow, scale, exponent, flows });
  }
  for (const [nth, inner] of group.groups.entries()) {
    const instances = groups[nth] ?? [];
    if (!hasPoints(inner, countersOf)) continue;
    const names = INPUT_NAMES.map((name) =>
      instances.map((each) => table.byPath.get(`${each.path}${name}`) ?? -1)
    );
    steps.push({ kind: "inputs", path: `${path}${inner.name}`, names });
    for (const [index, instance] of instances.entries()) {
      addInstance(steps, table, [instance, ...around], [...place, [inner.name, index]]);
    }
  }
}

function scaleOf(
  { scale = 0 }: PointDefinition,
  around: readonly InstanceSlots[],
): Pick<CounterSlot, "scale" | "exponent"> {
  if (typeof scale === "number") return { scale: -1, exponent: scale };
  for (const { group, first } of around) {
    const nth = group.points.findIndex(({ name }) => name === scale);
    if (nth >= 0) return { scale: first + nth, exponent: undefined };
  }
  return { scale: -1, exponent: undefined };
}

function flowSlotsOf({ group, first }: InstanceSlots): FlowSlot[] {
  return flowPointsOf(group).map(({ name, quantity }) => ({
    slot: first + group.points.findIndex((point) => point.name === name),
    quantity,
  }));
}

function addFlows(flows: FlowSlot[], instance: InstanceSlots): void {
  flows.push(...flowSlotsOf(instance));
  for (const inner of instance.groups.flat()) addFlows(flows, inner);
}
