/**
 * Recognises impossible registers in one of several reads of a model: all bits 1 or 0,
 * although one of the points was different before and cannot become that. Pure, except
 * for what is seen.
 *
 * @module
 */

import { isCounterPoint } from "../definition/counter_points.ts";
import type { GroupDefinition, PointDefinition } from "../definition/definition.ts";
import type { ModelReads } from "../plan/poll_plan.ts";
import { spanEnd } from "../plan/read_plan.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import type { FaultySpan } from "./decoded.ts";
import {
  BODY_SIZE_MIN,
  isNeverZero,
  oncePerGroup,
  TYPES_WITH_ONES,
} from "./frame_check.ts";
import { everyPoint, isNumbering, ONES } from "./frame_values.ts";
import type { RegisterImage } from "./register_image.ts";

/** What earlier polls have shown of each register of a model: `NOT_ONES`, `NOT_ZERO` or both. */
export type SeenRegisters = Uint8Array;

const NOT_ONES = 1;
const NOT_ZERO = 2;

/** The registers of a model in the response to one read, without the model's header. */
interface BodyPart {
  /** Offset of the first register from the model's header. */
  readonly start: number;
  /** Offset after the last register. */
  readonly end: number;
  readonly registers: Uint16Array;
}

/** The parts of a model whose registers are impossible; none if the model is one read. */
export function faultySpansOf(
  model: ModelReads,
  image: RegisterImage,
  seen: SeenRegisters | undefined,
): readonly FaultySpan[] {
  if (seen === undefined || model.parts.length < 2) return [];
  const found: FaultySpan[] = [];
  for (const { start, end, registers } of bodyParts(model, image)) {
    const fill = uniform(registers);
    if (end - start < BODY_SIZE_MIN || fill === undefined) continue;
    const { group } = model.definition;
    const isFaulty = fill === ONES
      ? hasChanged(group, start, end, seen, NOT_ONES, isNumberOfOnes)
      : hasChanged(group, start, end, seen, NOT_ZERO, staysAboveZero);
    if (!isFaulty) continue;
    const reason = fill === ONES ? "frame-all-ones" : "frame-all-zeros";
    found.push({ start, end, reason });
  }
  // The places of all groups depend on their number.
  const [first] = found;
  const counts = countOffsetsOf(model.definition.group);
  const isCountLost = counts.some((at) =>
    found.some(({ start, end }) => start <= at && at < end)
  );
  return first !== undefined && isCountLost
    ? [{ start: 0, end: MODEL_HEADER_SIZE + model.at.length, reason: first.reason }]
    : found;
}

/** Adds the registers of a poll, without those of the faulty parts, to what was seen. */
export function seenRegistersOf(
  model: ModelReads,
  image: RegisterImage,
  faulty: readonly FaultySpan[],
  before: SeenRegisters | undefined,
): SeenRegisters | undefined {
  if (model.parts.length < 2) return before;
  const seen = before ?? new Uint8Array(MODEL_HEADER_SIZE + model.at.length);
  for (const { start, end, registers } of bodyParts(model, image)) {
    if (faulty.some((span) => span.start <= start && end <= span.end)) continue;
    // Ones are no evidence that a scale factor or a counter is above 0.
    const isOnes = uniform(registers) === ONES;
    registers.forEach((register, at) => {
      const shown = (register === ONES ? 0 : NOT_ONES) |
        (register === 0 || isOnes ? 0 : NOT_ZERO);
      seen[start + at] = (seen[start + at] ?? 0) | shown;
    });
  }
  return seen;
}

function bodyParts({ at, parts }: ModelReads, image: RegisterImage): BodyPart[] {
  return parts.flatMap((span) => {
    const origin = span.address - at.address;
    const start = Math.max(origin, MODEL_HEADER_SIZE);
    const end = Math.min(spanEnd(span) - at.address, MODEL_HEADER_SIZE + at.length);
    const registers = image.get(span)?.subarray(start - origin, end - origin);
    return registers === undefined || start >= end ? [] : [{ start, end, registers }];
  });
}

/** 0 or all ones, if all registers are that. */
function uniform(registers: Uint16Array): number | undefined {
  const [first] = registers;
  if (first !== 0 && first !== ONES) return undefined;
  return registers.every((each) => each === first) ? first : undefined;
}

/** Whether a point of this kind within a part was different in an earlier poll. */
function hasChanged(
  group: GroupDefinition,
  start: number,
  end: number,
  seen: SeenRegisters,
  bit: number,
  test: (point: PointDefinition) => boolean,
): boolean {
  return !everyPoint(placedOf(group), 0, end, (point, offset) => {
    if (offset < start || !test(point)) return true;
    return !seen.subarray(offset, offset + point.size).some((each) =>
      (each & bit) !== 0
    );
  });
}

/** Whether all ones are a number of this point, or not its "not implemented". */
function isNumberOfOnes(point: PointDefinition): boolean {
  const { type } = point;
  return TYPES_WITH_ONES.has(type) || type.startsWith("float") || isFixed(point);
}

/** Whether a point above 0 does not become 0 in a device that measures nothing. */
function staysAboveZero(point: PointDefinition): boolean {
  return isCounterPoint(point) || isFixed(point) || isNeverZero(point);
}

function isFixed({ type, name }: PointDefinition): boolean {
  return type === "sunssf" || type === "count" || isNumbering(name);
}

/** The points whose places do not depend on a count: groups that follow others are left out. */
const placedOf = oncePerGroup((group): GroupDefinition => {
  const [only, ...more] = group.groups;
  const isPlaced = group.groups.every(({ count, groups }) =>
    count === 1 && groups.length === 0
  ) || (more.length === 0 && only?.groups.length === 0);
  return isPlaced ? group : { ...group, groups: [] };
});

const countOffsetsOf = oncePerGroup(({ points }): readonly number[] =>
  points.filter(({ type }) => type === "count").map(({ offset }) => offset)
);
