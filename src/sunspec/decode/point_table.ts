/**
 * Compiles the layout of a model into a flat table: one slot for each point of each
 * group instance, with its registers and its scale factor. `model_reading.ts` decodes by
 * the table. Devices with the same layout share a table. Pure, except for the cache.
 *
 * A table depends on the definition, L, the responses that contain the model, and the
 * registers that determine the number of groups. These registers are watched: if one of
 * them changes, another table applies.
 *
 * @module
 */

import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../definition/definition.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import type { DecodeFlag, DecodeReason } from "./decoded.ts";
import {
  createModelExtents,
  type GroupInstance,
  type ModelExtents,
} from "./group_extent.ts";
import { groupIndexOf } from "./group_index.ts";
import {
  type RegisterSource,
  type RegisterWindow,
  windowHolds,
  windowIndexOf,
} from "./register_source.ts";
import { isValidScale } from "./scale.ts";

/** One point of one group instance. */
export interface PointSlot {
  readonly point: PointDefinition;
  /** Such as `W` or `module[2].DCW`. */
  readonly path: string;
  /** Offset of its first register from the model's header. */
  readonly offset: number;
  /** Index of the response that contains it; -1 = none contains all of it. */
  readonly window: number;
  /** Index of its first register in that response. */
  readonly at: number;
  /** L ends before the end of the point. */
  readonly isShort: boolean;
  /** Index of its scale factor in `scales`; -1 = it has none. */
  readonly scale: number;
}

/** A scale factor, as the points in one response find it. */
export interface ScaleSlot {
  readonly offset: number;
  /** Null = `fixed` applies. */
  readonly point: PointDefinition | null;
  readonly fixed: number | DecodeReason;
  /** Index of the response that contains it; -1 = it was not read. */
  readonly window: number;
  readonly at: number;
  /** It is in another response than the points that use it. */
  readonly isElsewhere: boolean;
}

/** The slots of one group instance. */
export interface InstanceSlots {
  readonly group: GroupDefinition;
  /** Prefix of the paths of its points, such as `module[2].`; empty = the top group. */
  readonly path: string;
  /** Slot of its first point; the others follow. */
  readonly first: number;
  /** The instances of each inner group, in the order of the definition. */
  readonly groups: readonly (readonly InstanceSlots[])[];
}

/** A flag that results from the layout alone, and the slot before which it is listed. */
export interface LayoutFlag {
  readonly before: number;
  readonly flag: DecodeFlag;
}

/** A register on which the table depends; `value` null = it was not read. */
interface WatchedRegister {
  readonly offset: number;
  readonly value: number | null;
}

/** The flat table of one layout of a model. */
export interface PointTable {
  readonly definition: ModelDefinition;
  /** Offset of the first register after the model. */
  readonly limit: number;
  /** In the order in which points are decoded and flagged. */
  readonly slots: readonly PointSlot[];
  readonly scales: readonly ScaleSlot[];
  readonly top: InstanceSlots;
  readonly layoutFlags: readonly LayoutFlag[];
  /** The slot of each point by its path. */
  readonly byPath: ReadonlyMap<string, number>;
  /** The slot of the count point of the group that repeats to the end of L, and its instances. */
  readonly counted: { readonly slot: number; readonly instances: number } | undefined;
  readonly windows: readonly {
    readonly origin: number;
    readonly length: number;
  }[];
  readonly watched: readonly WatchedRegister[];
}

/** Number of layouts of one definition whose tables are kept. */
const TABLES_KEPT_MAX = 32;
/** Number of slots of the largest table that is kept: only invented models have more. */
const SLOTS_KEPT_MAX = 8_192;

const kept = new WeakMap<ModelDefinition, PointTable[]>();

/** The table of a layout; compiled if it is not known yet. */
export function pointTableOf(
  definition: ModelDefinition,
  length: number,
  source: RegisterSource,
): PointTable {
  const limit = MODEL_HEADER_SIZE + length;
  const known = kept.get(definition) ?? [];
  for (const table of known) {
    if (table.limit === limit && fits(table, source)) return table;
  }
  const table = compilePointTable(definition, limit, source);
  if (table.slots.length <= SLOTS_KEPT_MAX) {
    if (known.length >= TABLES_KEPT_MAX) known.shift();
    known.push(table);
    kept.set(definition, known);
  }
  return table;
}

/** Whether a table of the same definition and length applies to these registers. */
export function fits(
  { windows, watched }: PointTable,
  source: RegisterSource,
): boolean {
  if (source.windows.length !== windows.length) return false;
  for (let index = 0; index < windows.length; index++) {
    const known = windows[index];
    const window = source.windows[index];
    if (
      window?.origin !== known?.origin || window?.registers.length !== known?.length
    ) return false;
  }
  for (const { offset, value } of watched) {
    if (registerAt(source.windows, offset) !== value) return false;
  }
  return true;
}

function registerAt(windows: readonly RegisterWindow[], offset: number): number | null {
  const window = windows[windowIndexOf(windows, offset, 1)];
  return window?.registers[offset - window.origin] ?? null;
}

function compilePointTable(
  definition: ModelDefinition,
  limit: number,
  source: RegisterSource,
): PointTable {
  const watched = new Map<number, number | null>();
  const compiler: Compiler = {
    source,
    limit,
    extents: createModelExtents(watching(source, watched), limit),
    slots: [],
    scales: [],
    scaleIndexes: new Map(),
    layoutFlags: [],
  };
  const instance: GroupInstance = {
    group: definition.group,
    start: 0,
    outer: undefined,
  };
  const top = addInstance(compiler, instance, "");
  const reason = compiler.extents.lengthReason(instance);
  if (reason !== undefined) addLayoutFlag(compiler, { path: "L", reason });
  const { slots, scales, layoutFlags } = compiler;
  return {
    definition,
    limit,
    slots,
    scales,
    top,
    layoutFlags,
    byPath: new Map(slots.map(({ path }, slot) => [path, slot])),
    counted: countedOf(top),
    windows: source.windows.map(({ origin, registers }) => ({
      origin,
      length: registers.length,
    })),
    watched: Array.from(watched, ([offset, value]) => ({ offset, value })),
  };
}

interface Compiler {
  readonly source: RegisterSource;
  readonly limit: number;
  readonly extents: ModelExtents;
  readonly slots: PointSlot[];
  readonly scales: ScaleSlot[];
  readonly scaleIndexes: Map<string, number>;
  readonly layoutFlags: LayoutFlag[];
}

/** The same registers; notes those that were looked for. */
function watching(
  source: RegisterSource,
  watched: Map<number, number | null>,
): RegisterSource {
  return {
    windows: source.windows,
    assemble: (offset, size) => source.assemble(offset, size),
    disputed: (offset) => source.disputed(offset),
    find(offset, size) {
      for (let at = offset; at < offset + size; at++) {
        watched.set(at, registerAt(source.windows, at));
      }
      return source.find(offset, size);
    },
  };
}

/** Adds the slots of a group instance and of the groups inside it. */
function addInstance(
  compiler: Compiler,
  instance: GroupInstance,
  path: string,
): InstanceSlots {
  const { group, start } = instance;
  const first = compiler.slots.length;
  for (const point of group.points) addPoint(compiler, point, instance, path);
  const groups: (readonly InstanceSlots[])[] = [];
  let next = start + group.size;
  for (const inner of group.groups) {
    const { starts, end, reason } = compiler.extents.groupExtent(inner, next, instance);
    if (reason !== undefined) {
      addLayoutFlag(compiler, { path: String(inner.count), reason });
    }
    groups.push(starts.map((at, index) =>
      addInstance(
        compiler,
        { group: inner, start: at, outer: instance },
        `${path}${inner.name}[${index}].`,
      )
    ));
    next = end;
  }
  return { group, path, first, groups };
}

/** Adds a flag once, however many group instances it results from. */
function addLayoutFlag({ layoutFlags, slots }: Compiler, flag: DecodeFlag): void {
  const isKnown = layoutFlags.some(({ flag: { path, reason } }) =>
    path === flag.path && reason === flag.reason
  );
  if (!isKnown) layoutFlags.push({ before: slots.length, flag });
}

function addPoint(
  compiler: Compiler,
  point: PointDefinition,
  instance: GroupInstance,
  path: string,
): void {
  const { slots, limit, source: { windows } } = compiler;
  const offset = instance.start + point.offset;
  const window = windowIndexOf(windows, offset, point.size);
  slots.push({
    point,
    path: `${path}${point.name}`,
    offset,
    window,
    at: offset - (windows[window]?.origin ?? 0),
    isShort: offset + point.size > limit,
    scale: point.scale === undefined
      ? -1
      : scaleIndexOf(compiler, point.scale, instance, window),
  });
}

/** The index of a scale factor as the points in a response find it; adds it if it is new. */
function scaleIndexOf(
  compiler: Compiler,
  scale: string | number,
  instance: GroupInstance,
  window: number,
): number {
  const { scales, scaleIndexes } = compiler;
  const slot = scaleSlotOf(compiler, scale, instance, window);
  const key = `${slot.offset} ${slot.fixed} ${slot.window} ${slot.isElsewhere}`;
  const known = scaleIndexes.get(key);
  if (known !== undefined) return known;
  scaleIndexes.set(key, scales.length);
  return scales.push(slot) - 1;
}

/**
 * The scale factor of a point: looked up in the point's own group first, then in the
 * groups around it; in the point's own response first, then in the others.
 */
function scaleSlotOf(
  { extents, limit, source: { windows } }: Compiler,
  scale: string | number,
  instance: GroupInstance,
  own: number,
): ScaleSlot {
  if (typeof scale === "number") {
    return fixedScale(isValidScale(scale) ? scale : "scale-out-of-range");
  }
  const found = extents.findPoint(scale, instance);
  if (found === undefined) return fixedScale("scale-absent");
  const { offset, point } = found;
  if (offset + point.size > limit) return fixedScale("length-short");
  const near = windows[own];
  const isElsewhere = near === undefined || !windowHolds(near, offset, point.size);
  const window = isElsewhere ? windowIndexOf(windows, offset, point.size) : own;
  const at = offset - (windows[window]?.origin ?? 0);
  return { offset, point, fixed: 0, window, at, isElsewhere };
}

function fixedScale(fixed: number | DecodeReason): ScaleSlot {
  return { offset: -1, point: null, fixed, window: -1, at: 0, isElsewhere: false };
}

function countedOf({ group, first, groups }: InstanceSlots): PointTable["counted"] {
  const { counted } = groupIndexOf(group);
  if (counted === undefined) return undefined;
  const slot = group.points.findIndex(({ name }) => name === counted.count);
  const open = group.groups.findIndex(({ name }) => name === counted.open);
  return { slot: first + slot, instances: groups[open]?.length ?? 0 };
}

/** Computes something once for each table. */
export function oncePerTable<T extends object>(
  compute: (table: PointTable) => T,
): (table: PointTable) => T {
  const known = new WeakMap<PointTable, T>();
  return (table) => {
    const before = known.get(table);
    if (before !== undefined) return before;
    const value = compute(table);
    known.set(table, value);
    return value;
  };
}
