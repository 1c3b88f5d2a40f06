/**
 * Where a model that is too long for one request may be cut.
 *
 * @module
 */

import {
  type GroupDefinition,
  HEADER_SIZE,
  type ModelDefinition,
} from "../definition/definition.ts";

/** Registers that one request must hold whole, by offset from the model's id register. */
export interface Atom {
  readonly offset: number;
  readonly size: number;
}

/** How many registers from the id on are worth reading: what L holds and the definition knows. */
export function extentOf(definition: ModelDefinition, length: number): number {
  const limit = HEADER_SIZE + length;
  const fixed = fixedSize(definition.group);
  return Math.max(HEADER_SIZE, fixed === undefined ? limit : Math.min(limit, fixed));
}

/** An instance of a group that does not lie whole in one atom. */
export interface CutInstance {
  readonly group: GroupDefinition;
  /** Offset of its first register. */
  readonly start: number;
  /** Offset after its last register. */
  readonly end: number;
}

/** A model in parts. */
export interface Cut {
  readonly atoms: readonly Atom[];
  /** The top-level group first. */
  readonly instances: readonly CutInstance[];
}

/**
 * Cuts a model into what must be read whole: single points, or better whole
 * instances of its groups where they fit one request.
 *
 * Where counts that only the device knows decide where groups begin, no
 * border is known in advance: there the atoms overlap by the longest point less one
 * register, so that every point lies whole in one of them.
 *
 * @param countMax the most registers of a request. A single point that is
 * longer (text only) is cut all the same.
 */
export function cutModel(
  definition: ModelDefinition,
  length: number,
  countMax: number,
): Cut {
  const limit = extentOf(definition, length);
  const atoms: Atom[] = [];
  const instances: CutInstance[] = [];

  function add(offset: number, size: number): void {
    const end = Math.min(offset + size, limit);
    for (let at = offset; at < end; at += countMax) {
      atoms.push({ offset: at, size: Math.min(countMax, end - at) });
    }
  }

  /** Adds a group's instance; returns the offset after it. */
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
    // A model's id and length stand together.
    const header = group === definition.group ? HEADER_SIZE : 0;
    if (header > 0) add(start, header);
    for (const point of group.points) {
      if (point.offset >= header) add(start + point.offset, point.size);
    }
  }

  /** Adds a group's instances; `last` = nothing follows but the end of L. */
  function addRepeats(group: GroupDefinition, start: number, last: boolean): number {
    const known = typeof group.count === "number" && group.count > 0;
    const alike = fixedSize(group) !== undefined;
    if (alike ? !known && !last : group.count !== 1) return addUncharted(start);
    let at = start;
    for (let index = 0; at < limit && (!known || index < group.count); index++) {
      const end = addInstance(group, at);
      if (end === at) break;
      at = end;
    }
    return at;
  }

  /** From here to the end no border is known. */
  function addUncharted(start: number): number {
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

/** Registers of a group with everything inside; undefined = the device decides. */
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

/** The longest point that groups hold. */
function longestPoint(group: GroupDefinition): number {
  return Math.max(
    1,
    ...group.groups.map((inner) =>
      Math.max(longestPoint(inner), ...inner.points.map((point) => point.size))
    ),
  );
}

/** A scale factor, and from where to where it is used. */
export interface ScaleUse {
  /** Offset of the scale factor. */
  readonly offset: number;
  /** Offset of the first register that needs it. */
  readonly firstUser: number;
  /** Offset of the last register that needs it. */
  readonly lastUser: number;
}

/**
 * Which scale factors of an instance are used where; users in groups inside
 * may stand anywhere up to the instance's end.
 */
export function scaleUses({ group, start, end }: CutInstance): ScaleUse[] {
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
