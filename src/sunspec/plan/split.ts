/**
 * Splits a model that is too long for one request. Pure.
 *
 * @module
 */

import type { GroupDefinition, ModelDefinition } from "../definition/definition.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";

/** Registers that one request must contain completely; offset from the model's header. */
export interface Atom {
  readonly offset: number;
  readonly size: number;
}

/** Number of registers to read, header included: those within both L and the definition. */
export function extentOf(definition: ModelDefinition, length: number): number {
  const limit = MODEL_HEADER_SIZE + length;
  const fixed = fixedSize(definition.group);
  return Math.max(
    MODEL_HEADER_SIZE,
    fixed === undefined ? limit : Math.min(limit, fixed),
  );
}

/** An instance of a group that is not contained in one atom. */
export interface SplitInstance {
  readonly group: GroupDefinition;
  /** Offset of its first register. */
  readonly start: number;
  /** Offset after its last register. */
  readonly end: number;
}

/** A split model. */
export interface ModelSplit {
  readonly atoms: readonly Atom[];
  /** The top-level group first. */
  readonly instances: readonly SplitInstance[];
}

/**
 * Splits a model into atoms: whole group instances if they fit into one request,
 * otherwise single points.
 *
 * Where the start of groups depends on the device's count points, no border is known
 * in advance. There the atoms overlap by the length of the longest point less one
 * register, so that one of them contains every point completely.
 *
 * @param countMax maximum number of registers of a request. A point that is longer,
 * which only a text can be, is split.
 */
export function splitModel(
  definition: ModelDefinition,
  length: number,
  countMax: number,
): ModelSplit {
  const limit = extentOf(definition, length);
  const atoms: Atom[] = [];
  const instances: SplitInstance[] = [];

  function add(offset: number, size: number): void {
    const end = Math.min(offset + size, limit);
    for (let at = offset; at < end; at += countMax) {
      atoms.push({ offset: at, size: Math.min(countMax, end - at) });
    }
  }

  /** Adds a group instance; returns the offset after it. */
  function addInstance(group: GroupDefinition, start: number): number {
    const size = fixedSize(group);
    if (size !== undefined && size <= countMax) {
      add(start, size);
      return start + size;
    }
    const place = instances.push({ group, start, end: limit }) - 1;
    if (group.size <= countMax) add(start, group.size);
    else addPoints(group, start);
    let at = start + group.size;
    for (const [index, inner] of group.groups.entries()) {
      if (at >= limit) break;
      const last = group === definition.group && index === group.groups.length - 1;
      at = addRepeats(inner, at, last);
    }
    instances[place] = { group, start, end: Math.min(at, limit) };
    return at;
  }

  function addPoints(group: GroupDefinition, start: number): void {
    // The id and L of a model are read together.
    const header = group === definition.group ? MODEL_HEADER_SIZE : 0;
    if (header > 0) add(start, header);
    for (const point of group.points) {
      if (point.offset >= header) add(start + point.offset, point.size);
    }
  }

  /** Adds the instances of a group; `last` = the group is the last one within L. */
  function addRepeats(group: GroupDefinition, start: number, last: boolean): number {
    const known = typeof group.count === "number" && group.count > 0;
    const isFixed = fixedSize(group) !== undefined;
    if (isFixed ? !known && !last : group.count !== 1) return addOverlapping(start);
    let at = start;
    for (let index = 0; at < limit && (!known || index < group.count); index++) {
      const end = addInstance(group, at);
      if (end === at) break;
      at = end;
    }
    return at;
  }

  /** Adds overlapping atoms from here to the end, where no border is known. */
  function addOverlapping(start: number): number {
    const overlap = Math.min(longestPoint(definition.group), Math.ceil(countMax / 2)) -
      1;
    for (let at = start; at < limit; at += countMax - overlap) {
      atoms.push({ offset: at, size: Math.min(countMax, limit - at) });
      if (at + countMax >= limit) break;
    }
    return limit;
  }

  addInstance(definition.group, 0);
  return { atoms, instances };
}

/** Registers of a group with all inner groups; undefined = it depends on the device. */
function fixedSize(group: GroupDefinition): number | undefined {
  let size = group.size;
  for (const inner of group.groups) {
    if (typeof inner.count === "string" || inner.count === 0) return undefined;
    const each = fixedSize(inner);
    if (each === undefined) return undefined;
    size += each * inner.count;
  }
  return size;
}

/** Length of the longest point in the inner groups. */
function longestPoint(group: GroupDefinition): number {
  return Math.max(
    1,
    ...group.groups.map((inner) =>
      Math.max(longestPoint(inner), ...inner.points.map((point) => point.size))
    ),
  );
}

/** A scale factor and the range of registers that use it. */
export interface ScaleUse {
  /** Offset of the scale factor. */
  readonly offset: number;
  /** Offset of the first register that uses it. */
  readonly firstUser: number;
  /** Offset of the last register that uses it. */
  readonly lastUser: number;
}

/**
 * The scale factors of an instance and the registers that use them. Points of inner
 * groups may be anywhere up to the end of the instance.
 */
export function scaleUses({ group, start, end }: SplitInstance): ScaleUse[] {
  const uses: ScaleUse[] = [];
  for (const { name, type, offset } of group.points) {
    if (type !== "sunssf" || start + offset >= end) continue;
    const users: number[] = [];
    for (const point of group.points) {
      const first = start + point.offset;
      if (point.scale !== name || first + point.size > end) continue;
      users.push(first, first + point.size - 1);
    }
    const inside = start + group.size;
    if (inside < end && group.groups.some((inner) => usesScale(inner, name))) {
      users.push(inside, end - 1);
    }
    if (users.length === 0) continue;
    uses.push({
      offset: start + offset,
      firstUser: Math.min(...users),
      lastUser: Math.max(...users),
    });
  }
  return uses;
}

function usesScale(group: GroupDefinition, name: string): boolean {
  return group.points.some((point) => point.scale === name) ||
    group.groups.some((inner) => usesScale(inner, name));
}
