/**
 * Determines how many instances of each group a model has, and where they start,
 * from the definition, the device's count points and L. Bounded by L, whatever the
 * counts are. Pure.
 *
 * @module
 */

import type { GroupDefinition, PointDefinition } from "../definition/definition.ts";
import type { DecodeReason } from "./decoded.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import { groupIndexOf } from "./group_index.ts";
import { readPoint } from "./point.ts";
import type { RegisterSource } from "./register_source.ts";

/** One instance of a group, and the instances that contain it. */
export interface GroupInstance {
  readonly group: GroupDefinition;
  /** Offset of its first register from the model's header. */
  readonly start: number;
  readonly outer: GroupInstance | undefined;
}

/** The registers that the instances of a group occupy. */
export interface GroupExtent {
  /**
   * Offsets of the instances. Each is entirely within L, except that of a group with
   * the fixed count 1.
   */
  readonly starts: readonly number[];
  /** Offset after the last expected instance; beyond L if not all of them fit. */
  readonly end: number;
  readonly reason?: DecodeReason;
}

/** A point and its offset from the model's header. */
export interface PointLocation {
  readonly point: PointDefinition;
  readonly offset: number;
}

/** The extents of one model's groups. */
export interface ModelExtents {
  /** The instances of `group` inside `outer`; the first one starts at `start`. */
  groupExtent(group: GroupDefinition, start: number, outer: GroupInstance): GroupExtent;
  /** The point with this name in the instance's own group or the nearest group around it. */
  findPoint(name: string, instance: GroupInstance): PointLocation | undefined;
  /** The deviation of L from the definition, if there is one. */
  lengthReason(top: GroupInstance): DecodeReason | undefined;
}

/**
 * Group sizes of two revisions of a model differ by at most this share; a larger
 * difference has another cause.
 */
const REVISION_SHARE = 1 / 4;

/**
 * Number of registers beyond the definition that are still an addition to it, however
 * short the definition is.
 */
const EXCESS_MIN = 2;

/** The registers of a model, and the offset of the first register after it. */
interface ModelRegisters {
  readonly source: RegisterSource;
  readonly limit: number;
}

/**
 * Makes the extents of a model.
 *
 * @param limit offset of the first register after the model.
 */
export function createModelExtents(
  source: RegisterSource,
  limit: number,
): ModelExtents {
  const model: ModelRegisters = { source, limit };
  return {
    groupExtent: (group, start, outer) => groupExtent(model, group, start, outer),
    findPoint,
    lengthReason(top) {
      const end = endOf(model, top);
      if (end > limit) return isPadding(top.group, limit) ? undefined : "length-short";
      if (end === limit) return undefined;
      if (hasOpenEnd(top.group)) return "length-partial-group";
      const excess = limit - end;
      const isOther = excess > EXCESS_MIN && excess > (end - MODEL_HEADER_SIZE) / 2;
      return isOther ? "length-mismatch" : "length-long";
    },
  };
}

function findPoint(name: string, instance: GroupInstance): PointLocation | undefined {
  for (let at: GroupInstance | undefined = instance; at !== undefined; at = at.outer) {
    const point = groupIndexOf(at.group).byName.get(name);
    if (point !== undefined) return { point, offset: at.start + point.offset };
  }
  return undefined;
}

/** The value of a count point; undefined = it has none. */
function readCount(
  { source, limit }: ModelRegisters,
  name: string,
  instance: GroupInstance,
): number | undefined {
  const found = findPoint(name, instance);
  if (found === undefined) return undefined;
  const { point, offset } = found;
  if (offset + point.size > limit) return undefined;
  const window = source.find(offset, point.size);
  if (window === undefined) return undefined;
  const { registers, origin } = window;
  const value = readPoint(point.type, registers, offset - origin, point.size);
  return typeof value === "number" && value >= 0 ? value : undefined;
}

/** Offset after an instance; above `limit` = it is not entirely within L. */
function endOf(model: ModelRegisters, instance: GroupInstance): number {
  let end = instance.start + instance.group.size;
  for (const inner of instance.group.groups) {
    if (end > model.limit) break;
    end = groupExtent(model, inner, end, instance).end;
  }
  return end;
}

function groupExtent(
  model: ModelRegisters,
  group: GroupDefinition,
  start: number,
  outer: GroupInstance,
): GroupExtent {
  const { limit } = model;
  // A group with the fixed count 1 belongs to the fixed points: it exists even if L
  // cuts it off.
  if (group.count === 1) {
    return { starts: [start], end: endOf(model, { group, start, outer }) };
  }
  const expected = typeof group.count === "string"
    ? readCount(model, group.count, outer)
    : group.count === 0
    ? undefined
    : group.count;
  const starts: number[] = [];
  let at = start;
  while (at < limit && (expected === undefined || starts.length < expected)) {
    const end = endOf(model, { group, start: at, outer });
    if (end > limit) break;
    // A group without registers would repeat forever.
    if (end === at) return { starts, end };
    starts.push(at);
    at = end;
  }
  if (expected === undefined) {
    // The start of each instance is unknown then: values would be read from wrong registers.
    if (isOtherSize(model, group, outer, start)) return { starts: [], end: start };
    return typeof group.count === "string" && start < limit
      ? { starts, end: at, reason: "count-absent" }
      : { starts, end: at };
  }
  if (starts.length === expected) return { starts, end: at };
  return { starts, end: limit + 1, reason: "count-differs" };
}

/**
 * Whether the count point and L together show that the device's groups are slightly
 * larger or smaller than those of the definition, as in another revision of the model.
 */
function isOtherSize(
  model: ModelRegisters,
  { name, size }: GroupDefinition,
  outer: GroupInstance,
  start: number,
): boolean {
  const { counted } = groupIndexOf(outer.group);
  if (counted?.open !== name) return false;
  const count = readCount(model, counted.count, outer) ?? 0;
  const registers = model.limit - start;
  // The start of a single instance is known.
  if (count < 2 || registers % count !== 0) return false;
  const deviceSize = registers / count;
  if (deviceSize === size || Math.abs(deviceSize - size) > size * REVISION_SHARE) {
    return false;
  }
  // L or the count may be wrong instead: the index in the first register of each
  // instance decides.
  if (areNumbered(model, start, deviceSize, count)) return true;
  const whole = Math.min(count, Math.floor(registers / size));
  return registers % size !== 0 && !areNumbered(model, start, size, whole);
}

/** Whether groups of this size start with consecutive numbers. */
function areNumbered(
  { source }: ModelRegisters,
  start: number,
  size: number,
  count: number,
): boolean {
  let previous: number | undefined;
  for (let at = start; at < start + count * size; at += size) {
    const window = source.find(at, 1);
    const number = window?.registers[at - window.origin] ?? undefined;
    if (number === undefined) return false;
    if (previous !== undefined && number !== previous + 1) return false;
    previous = number;
  }
  return count > 1;
}

/** Whether only padding is beyond L, as in a model 1 of 65 registers. */
function isPadding(group: GroupDefinition, limit: number): boolean {
  return group.groups.length === 0 &&
    group.points.every(({ type, offset, size }) =>
      type === "pad" || offset + size <= limit
    );
}

function hasOpenEnd(group: GroupDefinition): boolean {
  return group.groups.some((each) => each.count === 0 || hasOpenEnd(each));
}
