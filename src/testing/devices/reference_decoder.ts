/**
 * A decoder that follows the definition point by point, as the specification reads. The
 * decoder of the program works by compiled tables; tests hold it to this one.
 *
 * @module
 */

import type { ModelLocation } from "../../sunspec/chain.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { isCounterPoint } from "../../sunspec/definition/counter_points.ts";
import { MODEL_HEADER_SIZE } from "../../sunspec/spec.ts";
import type {
  DecodedModel,
  DecodeFlag,
  DecodeReason,
  FaultySpan,
  FrameFault,
  Points,
  PointValue,
} from "../../sunspec/decode/decoded.ts";
import {
  createModelExtents,
  type GroupInstance,
  type ModelExtents,
} from "../../sunspec/decode/group_extent.ts";
import { groupIndexOf, type MutablePoints } from "../../sunspec/decode/group_index.ts";
import { readPoint } from "../../sunspec/decode/point.ts";
import {
  type RegisterSource,
  type RegisterWindow,
  windowHolds,
} from "../../sunspec/decode/register_source.ts";
import {
  applyScale,
  applyScaleWide,
  isValidScale,
} from "../../sunspec/decode/scale.ts";

/**
 * Decodes a model whose registers were read in one or several requests.
 *
 * @param faulty registers that cannot be a measurement, as `checkPoll` found them. The
 * values in them, or scaled by them, are null and flagged; if they are the whole model,
 * one flag with an empty path gives the reason.
 */
export function decodeByDefinition(
  definition: ModelDefinition,
  at: ModelLocation,
  source: RegisterSource,
  faulty: readonly FaultySpan[] = [],
): DecodedModel {
  const decoded = decodePossible(definition, at, source, faulty);
  const whole = faulty.find(({ start }) => start === 0);
  return whole === undefined ? decoded : {
    ...decoded,
    points: withoutValues(decoded.points),
    flags: [{ path: "", reason: whole.reason }],
  };
}

/** The same points and groups with every value null. */
function withoutValues(points: Points): Points {
  return Object.fromEntries(
    Object.entries(points).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(withoutValues) : null,
    ]),
  );
}

function decodePossible(
  definition: ModelDefinition,
  at: ModelLocation,
  source: RegisterSource,
  faulty: readonly FaultySpan[],
): DecodedModel {
  const limit = MODEL_HEADER_SIZE + at.length;
  const extents = createModelExtents(source, limit);
  const context: DecodeContext = { source, extents, limit, faulty, flags: [] };
  const { flags } = context;
  const top: GroupInstance = { group: definition.group, start: 0, outer: undefined };
  const points = decodeGroup(context, top, "");
  const reason = extents.lengthReason(top);
  if (reason !== undefined) flags.push({ path: "L", reason });
  const differs = countDifference(definition.group, points);
  if (differs !== undefined) flags.push(differs);
  return { id: at.id, address: at.address, length: at.length, points, flags };
}

/** Context for decoding all groups and points of one model. */
interface DecodeContext {
  readonly source: RegisterSource;
  readonly extents: ModelExtents;
  /** Offset of the first register after the model. */
  readonly limit: number;
  readonly faulty: readonly FaultySpan[];
  readonly flags: DecodeFlag[];
}

/** Decodes the points of a group instance and the groups inside it. */
function decodeGroup(
  context: DecodeContext,
  instance: GroupInstance,
  path: string,
): Points {
  const points: MutablePoints = { ...groupIndexOf(instance.group).blank };
  for (const point of instance.group.points) {
    points[point.name] = decodePoint(context, point, instance, path);
  }
  let next = instance.start + instance.group.size;
  for (const inner of instance.group.groups) {
    const { starts, end, reason } = context.extents.groupExtent(inner, next, instance);
    if (reason !== undefined) flagCount(context.flags, inner, reason);
    points[inner.name] = starts.map((start, index) =>
      decodeGroup(
        context,
        { group: inner, start, outer: instance },
        `${path}${inner.name}[${index}].`,
      )
    );
    next = end;
  }
  return points;
}

/** Flags a count point once, however many group instances refer to it. */
function flagCount(
  flags: DecodeFlag[],
  group: GroupDefinition,
  reason: DecodeReason,
): void {
  const path = String(group.count);
  const isKnown = flags.some((flag) => flag.path === path && flag.reason === reason);
  if (!isKnown) flags.push({ path, reason });
}

function decodePoint(
  context: DecodeContext,
  point: PointDefinition,
  instance: GroupInstance,
  path: string,
): PointValue {
  const offset = instance.start + point.offset;
  if (offset + point.size > context.limit) {
    return NO_VALUE.has(point.type)
      ? null
      : flagPoint(context, point, path, "length-short");
  }
  const fault = faultAt(context.faulty, offset, point.size);
  if (fault !== undefined) {
    return NO_VALUE.has(point.type) ? null : flagPoint(context, point, path, fault);
  }
  const window = context.source.find(offset, point.size) ??
    assembleText(context.source, point, offset);
  if (window === undefined) return flagPoint(context, point, path, "register-unread");
  const { registers, origin } = window;
  let value = readPoint(point.type, registers, offset - origin, point.size, point);
  if (typeof value === "object" && value !== null) {
    flagPoint(context, point, path, value.reason);
    value = value.value;
  }
  if (point.scale === undefined || value === null) return value;
  if (typeof value === "string") return value;
  const scale = scaleOf(context, point.scale, instance, window);
  if (scale === null) {
    return isUncounted(point, value)
      ? null
      : flagPoint(context, point, path, "scale-absent");
  }
  if (typeof scale === "string") return flagPoint(context, point, path, scale);
  if (scale === 0) return value;
  return WIDE.has(point.type) && Number.isInteger(Number(value))
    ? applyScaleWide(BigInt(value), scale)
    : applyScale(Number(value), scale);
}

/** Why a point cannot be a measurement, if a register of it is within a faulty span. */
function faultAt(
  faulty: readonly FaultySpan[],
  offset: number,
  size: number,
): FrameFault | undefined {
  return faulty.find(({ start, end }) => start < offset + size && offset < end)?.reason;
}

/** Adds a flag for a point; returns null, the value of a point that cannot be decoded. */
function flagPoint(
  { flags }: DecodeContext,
  point: PointDefinition,
  path: string,
  reason: DecodeReason,
): null {
  flags.push({ path: `${path}${point.name}`, reason });
  return null;
}

/** Assembles a text from several responses; numbers are never assembled, they may change. */
function assembleText(
  source: RegisterSource,
  { type, size }: PointDefinition,
  offset: number,
): RegisterWindow | undefined {
  return type === "string" || type === "ipv6addr"
    ? source.assemble(offset, size)
    : undefined;
}

/**
 * The scale factor of a point: looked up in the point's own group first, then in the
 * groups around it. Null: the device does not implement it.
 */
function scaleOf(
  { source, extents, limit, faulty }: DecodeContext,
  scale: string | number,
  instance: GroupInstance,
  window: RegisterWindow,
): number | DecodeReason | null {
  if (typeof scale === "number") {
    return isValidScale(scale) ? scale : "scale-out-of-range";
  }
  const found = extents.findPoint(scale, instance);
  if (found === undefined) return "scale-absent";
  if (found.offset + found.point.size > limit) return "length-short";
  const { offset, point } = found;
  const fault = faultAt(faulty, offset, point.size);
  if (fault !== undefined) return fault;
  let from: RegisterWindow | undefined = window;
  if (!windowHolds(window, offset, point.size)) {
    if (source.disputed(offset)) return "scale-changed";
    from = source.find(offset, point.size);
  }
  if (from === undefined) return "scale-unread";
  const value = readPoint(
    point.type,
    from.registers,
    offset - from.origin,
    point.size,
  );
  // Only a register that was not read gives a reason.
  if (typeof value === "object" && value !== null) return "scale-unread";
  if (typeof value !== "number") return null;
  return isValidScale(value) ? value : "scale-out-of-range";
}

/** Types that hold no value of their own. */
const NO_VALUE: ReadonlySet<string> = new Set(["pad", "sunssf"]);

/**
 * Whether a counter without a scale factor is 0. Devices (FIMER and SMA in model 160,
 * combiners in 401 and 402) mark a counter that they do not implement this way; it is
 * not flagged.
 */
function isUncounted(point: PointDefinition, value: number | bigint): boolean {
  return isCounterPoint(point) && Number(value) === 0;
}

const WIDE: ReadonlySet<string> = new Set(["int64", "uint64", "acc64"]);

/**
 * Flags a count point that differs from the number of groups within L. Some models
 * (160, 401 to 404) repeat their last group to the end of L and also state the number
 * of groups in a count point; L is authoritative.
 */
function countDifference(
  group: GroupDefinition,
  points: Points,
): DecodeFlag | undefined {
  const { counted } = groupIndexOf(group);
  if (counted === undefined) return undefined;
  const count = points[counted.count];
  const instances = points[counted.open];
  if (
    typeof count !== "number" || !Array.isArray(instances) || count === instances.length
  ) return undefined;
  return { path: counted.count, reason: "count-differs" };
}
