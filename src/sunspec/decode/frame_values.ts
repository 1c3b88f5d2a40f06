/**
 * The registers of a model as a whole: whether they, or the values in them, are all the
 * same. Pure.
 *
 * @module
 */

import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../definition/definition.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import { readPoint } from "./point.ts";
import type { RegisterSource } from "./register_source.ts";

/** A register with all bits 1. */
export const ONES = 0xffff;

/** The value of all registers of the model after its header; undefined = they differ, or one was not read. */
export function fillOf(source: RegisterSource, end: number): number | undefined {
  const first = registerAt(source, MODEL_HEADER_SIZE);
  if (first !== 0 && first !== ONES) return undefined;
  for (let offset = MODEL_HEADER_SIZE + 1; offset < end; offset++) {
    if (registerAt(source, offset) !== first) return undefined;
  }
  return first;
}

function registerAt(source: RegisterSource, offset: number): number | undefined {
  const window = source.find(offset, 1);
  return window?.registers[offset - window.origin] ?? undefined;
}

/** Whether a bit of a point is set. */
export function hasSetBit(
  source: RegisterSource,
  { size }: PointDefinition,
  offset: number,
): boolean {
  for (let at = offset; at < offset + size; at++) {
    if ((registerAt(source, at) ?? 0) !== 0) return true;
  }
  return false;
}

/** The values of a model that are all ones, or all 0 or not implemented. */
export interface UniformValues {
  readonly fill: "ones" | "zeros";
  /** Number of registers of these values. */
  readonly registers: number;
  /** The points that are 0. */
  readonly zeros: readonly PointDefinition[];
}

/**
 * The values of a model without its constants (scale factors, counts, texts, ids), which
 * stay when a device has lost its measurements; undefined = they are not uniform.
 */
export function valuesOf(
  group: GroupDefinition,
  source: RegisterSource,
  end: number,
): UniformValues | undefined {
  const zeros: PointDefinition[] = [];
  let registers = 0;
  let ones = true;
  let isZero = true;
  const isUniform = everyPoint(group, 0, end, (point, offset) => {
    if (isConstant(point)) return true;
    const window = source.find(offset, point.size);
    if (window === undefined) return false;
    const from = offset - window.origin;
    registers += point.size;
    for (let at = from; ones && at < from + point.size; at++) {
      ones = window.registers[at] === ONES;
    }
    if (isZero) {
      const value = readPoint(point.type, window.registers, from, point.size, point);
      if (value === 0) zeros.push(point);
      isZero = value === 0 || value === null;
    }
    return ones || isZero;
  });
  if (!isUniform) return undefined;
  return { fill: ones ? "ones" : "zeros", registers, zeros };
}

const CONSTANT_TYPES: ReadonlySet<PointType> = new Set([
  "sunssf",
  "count",
  "pad",
  "string",
  "ipaddr",
  "ipv6addr",
  "eui48",
]);

function isConstant({ type, name, static: isStatic }: PointDefinition): boolean {
  return CONSTANT_TYPES.has(type) || isStatic === true || isNumbering(name);
}

/** Whether a point numbers the instances of its group. */
export function isNumbering(name: string): boolean {
  return /^(?:In)?ID$/.test(name);
}

/**
 * Calls `visit` for the points of a group and of the groups inside it that are entirely
 * before `end`, until it returns false. Inner groups repeat to the end.
 *
 * @returns whether `visit` returned true for all of them.
 */
export function everyPoint(
  { points, groups, size }: GroupDefinition,
  start: number,
  end: number,
  visit: (point: PointDefinition, offset: number) => boolean,
): boolean {
  for (const point of points) {
    const offset = start + point.offset;
    if (offset < MODEL_HEADER_SIZE || offset + point.size > end) continue;
    if (!visit(point, offset)) return false;
  }
  let next = start + size;
  for (const inner of groups) {
    const step = inner.size + inner.groups.reduce((sum, each) => sum + each.size, 0);
    const repeats = inner.count !== 1;
    do {
      if (step === 0 || next + step > end) break;
      if (!everyPoint(inner, next, next + step, visit)) return false;
      next += step;
    } while (repeats);
  }
  return true;
}
