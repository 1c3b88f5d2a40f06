/**
 * Recognises registers of a whole model that cannot be a measurement: gateways and
 * devices in trouble answer with all bits 1 or 0 and a correct header. A single point
 * may have any value; only the model as a whole is judged here, and one of several reads
 * of it in `frame_spans.ts`. Pure.
 *
 * @module
 */

import { isCounterPoint } from "../definition/counter_points.ts";
import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../definition/definition.ts";
import type { PlannedModel } from "../plan/poll_plan.ts";
import { COMMON_MODEL_ID, MODEL_HEADER_SIZE } from "../spec.ts";
import type { FrameFault } from "./decoded.ts";
import { everyPoint, fillOf, hasSetBit, ONES, valuesOf } from "./frame_values.ts";
import type { RegisterSource } from "./register_source.ts";

/** What earlier polls have shown of a model. */
export interface SeenModel {
  /** It had registers that were not all equal. */
  readonly varied: boolean;
  /** A scale factor was not 0. */
  readonly scaled: boolean;
  /** A counter was above 0. */
  readonly counted: boolean;
}

/** Minimum number of registers after the header: one sensor at -0.1 degrees is no fault. */
export const BODY_SIZE_MIN = 3;

const UNKNOWN_MODEL: SeenModel = { varied: false, scaled: false, counted: false };

/** Why the registers of a model are impossible; undefined = they are possible, or not all of them were read. */
export function frameFaultOf(
  { at, definition: { group } }: PlannedModel,
  source: RegisterSource,
  seen: SeenModel = UNKNOWN_MODEL,
): FrameFault | undefined {
  if (at.id === COMMON_MODEL_ID || at.length < BODY_SIZE_MIN) return undefined;
  const end = MODEL_HEADER_SIZE + at.length;
  switch (fillOf(source, end)) {
    case ONES:
      return hasValueOfOnes(group) || (seen.varied && hasFloat(group))
        ? "frame-all-ones"
        : undefined;
    case 0:
      return seen.scaled || seen.counted || cannotBeZero(group, end)
        ? "frame-all-zeros"
        : undefined;
  }
  const values = valuesOf(group, source, end);
  if (values === undefined || values.registers < BODY_SIZE_MIN) return undefined;
  if (values.fill === "ones") {
    return hasValueOfOnes(group) ? "frame-all-ones" : undefined;
  }
  const { zeros } = values;
  const isImpossible = zeros.some((point) => isNeverZero(point)) ||
    (seen.counted && zeros.some(isCounterPoint));
  return isImpossible ? "frame-all-zeros" : undefined;
}

/** What the registers of a possible model show, added to what was known; the same object if it adds nothing. */
export function seenModelOf(
  { at, definition: { group } }: PlannedModel,
  source: RegisterSource,
  before: SeenModel = UNKNOWN_MODEL,
): SeenModel {
  if (before.varied && before.scaled && (before.counted || !hasCounter(group))) {
    return before;
  }
  const end = MODEL_HEADER_SIZE + at.length;
  const has = (test: (point: PointDefinition) => boolean): boolean =>
    !everyPoint(
      group,
      0,
      end,
      (point, offset) => !test(point) || !hasSetBit(source, point, offset),
    );
  const varied = before.varied || fillOf(source, end) === undefined;
  const scaled = before.scaled || has(({ type }) => type === "sunssf");
  const counted = before.counted || (hasCounter(group) && has(isCounterPoint));
  const isKnown = varied === before.varied && scaled === before.scaled &&
    counted === before.counted;
  return isKnown ? before : { varied, scaled, counted };
}

/** Types for which all ones are a number, such as -1, and not "not implemented". */
export const TYPES_WITH_ONES: ReadonlySet<PointType> = new Set([
  "int16",
  "int32",
  "int64",
  "acc16",
  "acc32",
  "acc64",
]);

const hasValueOfOnes = oncePerGroup((group) =>
  someGroup(group, ({ points }) => points.some(({ type }) => TYPES_WITH_ONES.has(type)))
);

/** "Not implemented" of a float is 0x7fc00000: all ones is a NaN too, but no device sends it as that. */
const hasFloat = oncePerGroup((group) =>
  someGroup(group, ({ points }) => points.some(({ type }) => type.startsWith("float")))
);

const hasCounter = oncePerGroup((group) =>
  someGroup(group, ({ points }) => points.some(isCounterPoint))
);

/** Whether a point within L cannot be 0 in any device, or not together with all others. */
function cannotBeZero(group: GroupDefinition, end: number): boolean {
  return nonZeroPointsOf(group).some(({ offset, size }) => offset + size <= end) ||
    (hasCountOfRepeating(group) && end > group.size);
}

const nonZeroPointsOf = oncePerGroup(({ points }): readonly PointDefinition[] =>
  points.filter((point) =>
    isNeverZero(point) || (point.mandatory === true && isCounterPoint(point))
  )
);

/** Whether a point is never 0: a state without a number 0, the air pressure. */
export function isNeverZero(
  { type, symbols, units, mandatory }: PointDefinition,
): boolean {
  if (units === "HPa") return true;
  return mandatory === true && type.startsWith("enum") && symbols?.[0] === undefined;
}

/** Whether the model states the number of its groups, which then extend to the end of L. */
const hasCountOfRepeating = oncePerGroup(({ points, groups }) =>
  points.some(({ type }) => type === "count") && groups.length > 0
);

function someGroup(
  group: GroupDefinition,
  test: (group: GroupDefinition) => boolean,
): boolean {
  return test(group) || group.groups.some((inner) => someGroup(inner, test));
}

/** Computes something once for each group. */
export function oncePerGroup<T>(
  compute: (group: GroupDefinition) => T,
): (group: GroupDefinition) => T {
  const known = new WeakMap<GroupDefinition, { readonly value: T }>();
  return (group) => {
    const before = known.get(group);
    if (before !== undefined) return before.value;
    const value = compute(group);
    known.set(group, { value });
    return value;
  };
}
