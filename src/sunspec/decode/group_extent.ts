/**
 * How often groups stand in a model, and where: from the definition, from the
 * device's counts and from L. Bounded by L, whatever the counts say.
 *
 * @module
 */

import type { DecodeReason } from "./decoded.ts";
import type { GroupDefinition, PointDefinition } from "../definition/definition.ts";
import { indexOf } from "./group_index.ts";
import { readPoint } from "./point.ts";
import type { RegisterSource } from "./register_source.ts";

/** One instance of a group, and the instances around it. */
export interface Frame {
  readonly group: GroupDefinition;
  /** Offset of its first register from the model's id register. */
  readonly start: number;
  readonly outer: Frame | undefined;
}

/** Where a group's instances stand. */
export interface Counted {
  /** Offsets of the instances that are there, each whole inside L (one that must be there may not be). */
  readonly starts: readonly number[];
  /** Offset after the last instance that should be there; beyond L if not all fit. */
  readonly end: number;
  readonly reason?: DecodeReason;
}

/** Another revision of a model changes its repeating group by no more than this share. */
const REVISION_SHARE = 1 / 4;

/** Measures one model's groups. */
export interface Measure {
  /** The instances of `group` from `start` on, inside `outer`. */
  count(group: GroupDefinition, start: number, outer: Frame): Counted;
  /** A point by its name: in the frame's own group first, then further out. */
  find(
    name: string,
    frame: Frame,
  ): { readonly point: PointDefinition; readonly offset: number } | undefined;
  /** What is odd about L. */
  lengthReason(top: Frame): DecodeReason | undefined;
}

/**
 * Measures a model.
 *
 * @param limit offset of the first register that is no longer in the model.
 */
export function createMeasure(source: RegisterSource, limit: number): Measure {
  function find(name: string, frame: Frame): ReturnType<Measure["find"]> {
    for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) {
      const point = indexOf(at.group).byName.get(name);
      if (point !== undefined) return { point, offset: at.start + point.offset };
    }
    return undefined;
  }

  /** The number that a count point says; undefined = it says none. */
  function countSaid(name: string, frame: Frame): number | undefined {
    const found = find(name, frame);
    if (found === undefined) return undefined;
    const { point, offset } = found;
    if (offset + point.size > limit) return undefined;
    const window = source.find(offset, point.size);
    if (window === undefined) return undefined;
    const { registers, origin } = window;
    const value = readPoint(point.type, registers, offset - origin, point.size);
    return typeof value === "number" && value >= 0 ? value : undefined;
  }

  /** Offset after an instance; more than `limit` = it is not whole inside L. */
  function endOf(frame: Frame): number {
    let end = frame.start + frame.group.size;
    for (const inner of frame.group.groups) {
      if (end > limit) break;
      end = count(inner, end, frame).end;
    }
    return end;
  }

  function count(group: GroupDefinition, start: number, outer: Frame): Counted {
    // A group that must stand there once is part of the fixed points: it is
    // there even where L cuts it off.
    if (group.count === 1) {
      return { starts: [start], end: endOf({ group, start, outer }) };
    }
    const said = typeof group.count === "string"
      ? countSaid(group.count, outer)
      : group.count === 0
      ? undefined
      : group.count;
    const starts: number[] = [];
    let at = start;
    while (at < limit && (said === undefined || starts.length < said)) {
      const end = endOf({ group, start: at, outer });
      if (end > limit) break;
      // A group of no registers would repeat for ever.
      if (end === at) return { starts, end };
      starts.push(at);
      at = end;
    }
    if (said === undefined) {
      // Where each begins is not known then: all their values would be others'.
      if (isOtherSize(group, outer, start)) return { starts: [], end: start };
      return typeof group.count === "string" && start < limit
        ? { starts, end: at, reason: "count-absent" }
        : { starts, end: at };
    }
    if (starts.length === said) return { starts, end: at };
    return { starts, end: limit + 1, reason: "count-differs" };
  }

  /**
   * Whether the count and L together say that a device's groups are somewhat
   * larger or smaller than the definition's, as those of another revision are.
   */
  function isOtherSize(
    { name, size }: GroupDefinition,
    outer: Frame,
    start: number,
  ): boolean {
    const { counted } = indexOf(outer.group);
    if (counted?.open !== name) return false;
    const times = countSaid(counted.count, outer) ?? 0;
    const registers = limit - start;
    // One alone begins where it must.
    if (times < 2 || registers % times !== 0) return false;
    const own = registers / times;
    if (own === size || Math.abs(own - size) > size * REVISION_SHARE) return false;
    // L may as well be too long or too short, or the count wrong: the groups' own numbers tell.
    if (areNumbered(start, own, times)) return true;
    const whole = Math.min(times, Math.floor(registers / size));
    return registers % size !== 0 && !areNumbered(start, size, whole);
  }

  /** Whether groups of this size begin with numbers, each one more than the one before. */
  function areNumbered(start: number, size: number, times: number): boolean {
    let before: number | undefined;
    for (let at = start; at < start + times * size; at += size) {
      const window = source.find(at, 1);
      const number = window?.registers[at - window.origin] ?? undefined;
      if (number === undefined) return false;
      if (before !== undefined && number !== before + 1) return false;
      before = number;
    }
    return times > 1;
  }

  function lengthReason(top: Frame): DecodeReason | undefined {
    const end = endOf(top);
    if (end > limit) return isPadding(top.group, limit) ? undefined : "length-short";
    if (end === limit) return undefined;
    return hasOpenEnd(top.group) ? "length-partial-group" : "length-long";
  }

  return { count, find, lengthReason };
}

/** Whether nothing but padding lies beyond L, as in a model 1 of 65 registers. */
function isPadding(group: GroupDefinition, limit: number): boolean {
  return group.groups.length === 0 &&
    group.points.every(({ type, offset, size }) =>
      type === "pad" || offset + size <= limit
    );
}

function hasOpenEnd(group: GroupDefinition): boolean {
  return group.groups.some((each) => each.count === 0 || hasOpenEnd(each));
}
