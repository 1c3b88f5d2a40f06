/**
 * From a model's registers to its values.
 *
 * @module
 */

import type { ModelAt } from "../chain.ts";
import type {
  DecodedModel,
  DecodeFlag,
  DecodeReason,
  Points,
  PointValue,
} from "./decoded.ts";
import {
  type GroupDefinition,
  HEADER_SIZE,
  type ModelDefinition,
  type PointDefinition,
} from "../definition/definition.ts";
import { indexOf, type OpenPoints } from "./group_index.ts";
import {
  type Counted,
  createMeasure,
  type Frame,
  type Measure,
} from "./group_extent.ts";
import { readPoint, type Registers } from "./point.ts";
import { isScale, scaled, scaledWide } from "./scale.ts";
import {
  holds,
  type RegisterSource,
  wholeSource,
  type Window,
} from "./register_source.ts";

export {
  type DecodedModel,
  type DecodeFlag,
  type DecodeReason,
  type GuardReason,
  isModel,
  type Points,
  type PointValue,
  type TypedModel,
} from "./decoded.ts";
export type { Registers } from "./point.ts";

/**
 * Decodes a model.
 *
 * @param at where the device has it. Its L is believed: what lies whole inside
 * is decoded, what does not is null, and a length that the definition does not
 * give is flagged.
 * @param registers from the register that holds the id on; null (or missing)
 * = could not be read.
 * @returns every defined point; never throws, whatever the registers say.
 */
export function decodeModel(
  definition: ModelDefinition,
  at: ModelAt,
  registers: Registers,
): DecodedModel {
  return decodeFrom(definition, at, wholeSource(registers));
}

/** Decodes a model whose registers came by one or by several requests. */
export function decodeFrom(
  definition: ModelDefinition,
  at: ModelAt,
  source: RegisterSource,
): DecodedModel {
  const flags: DecodeFlag[] = [];
  const limit = HEADER_SIZE + at.length;
  const decoder = createDecoder(source, limit, flags);
  const top: Frame = { group: definition.group, start: 0, outer: undefined };
  const points = decoder.group(top, "");
  const reason = decoder.measure.lengthReason(top);
  if (reason !== undefined) flags.push({ path: "L", reason });
  const advisory = adviceAgainst(definition.group, points);
  if (advisory !== undefined) flags.push(advisory);
  return { id: at.id, address: at.address, length: at.length, points, flags };
}

interface Decoder {
  readonly measure: Measure;
  /** Decodes a group's points, and the groups inside. */
  group(frame: Frame, path: string): Points;
}

function createDecoder(
  source: RegisterSource,
  limit: number,
  flags: DecodeFlag[],
): Decoder {
  const measure = createMeasure(source, limit);

  function group(frame: Frame, path: string): Points {
    const points: OpenPoints = { ...indexOf(frame.group).blank };
    for (const point of frame.group.points) {
      points[point.name] = value(point, frame, path);
    }
    let start = frame.start + frame.group.size;
    for (const inner of frame.group.groups) {
      const counted = measure.count(inner, start, frame);
      flagCount(counted, inner);
      points[inner.name] = counted.starts.map((each, index) =>
        group(
          { group: inner, start: each, outer: frame },
          `${path}${inner.name}[${index}].`,
        )
      );
      start = counted.end;
    }
    return points;
  }

  function flagCount({ reason }: Counted, inner: GroupDefinition): void {
    if (reason === undefined) return;
    // A count is flagged once, however many groups inside follow it.
    const flag = { path: String(inner.count), reason };
    const known = flags.some((each) =>
      each.path === flag.path && each.reason === reason
    );
    if (!known) flags.push(flag);
  }

  function value(point: PointDefinition, frame: Frame, path: string): PointValue {
    const offset = frame.start + point.offset;
    if (offset + point.size > limit) return null;
    const window = source.find(offset, point.size) ?? joined(point, offset);
    if (window === undefined) return refuse(point, path, "register-unread");
    const { registers, origin } = window;
    let value = readPoint(point.type, registers, offset - origin, point.size);
    if (typeof value === "object" && value !== null) {
      refuse(point, path, value.reason);
      value = value.value;
    }
    if (point.scale === undefined || value === null) return value;
    if (typeof value === "string") return value;
    const scale = scaleOf(point.scale, frame, window);
    if (scale === null) {
      return isUncounted(point, value) ? null : refuse(point, path, "scale-absent");
    }
    if (typeof scale === "string") return refuse(point, path, scale);
    if (scale === 0) return value;
    return WIDE.has(point.type) && Number.isInteger(Number(value))
      ? scaledWide(BigInt(value), scale)
      : scaled(Number(value), scale);
  }

  function refuse(point: PointDefinition, path: string, reason: DecodeReason): null {
    flags.push({ path: `${path}${point.name}`, reason });
    return null;
  }

  /** Only text may be put together from several answers: it does not change. */
  function joined(point: PointDefinition, offset: number): Window | undefined {
    const text = point.type === "string" || point.type === "ipv6addr";
    return text ? source.piece(offset, point.size) : undefined;
  }

  /**
   * The scale factor by name: in the point's own group first, then further out.
   * Null: the device says that it does not implement it.
   */
  function scaleOf(
    scale: string | number,
    frame: Frame,
    window: Window,
  ): number | DecodeReason | null {
    if (typeof scale === "number") return isScale(scale) ? scale : "scale-out-of-range";
    const found = measure.find(scale, frame);
    if (found === undefined || found.offset + found.point.size > limit) {
      return "scale-absent";
    }
    const { offset, point } = found;
    let from: Window | undefined = window;
    if (!holds(window, offset, point.size)) {
      if (source.disputed(offset)) return "scale-changed";
      from = source.find(offset, point.size);
    }
    if (from === undefined) return "scale-absent";
    const read = readPoint(
      point.type,
      from.registers,
      offset - from.origin,
      point.size,
    );
    if (typeof read !== "number") return null;
    return isScale(read) ? read : "scale-out-of-range";
  }

  return { measure, group };
}

const ACCUMULATORS: ReadonlySet<string> = new Set(["acc16", "acc32", "acc64"]);

/**
 * An accumulator that stands at 0 and has no scale factor: devices (FIMER and
 * SMA in model 160) say so that they do not count, which is no fault.
 */
function isUncounted({ type }: PointDefinition, value: number | bigint): boolean {
  return ACCUMULATORS.has(type) && Number(value) === 0;
}

const WIDE: ReadonlySet<string> = new Set(["int64", "uint64", "acc64"]);

/**
 * Some models (160, 401 to 404) repeat their last group to the end of L and
 * say in a count point how often that is. L is believed; a count that differs
 * is flagged.
 */
function adviceAgainst(group: GroupDefinition, points: Points): DecodeFlag | undefined {
  const { counted } = indexOf(group);
  if (counted === undefined) return undefined;
  const said = points[counted.count];
  const found = points[counted.open];
  if (typeof said !== "number" || !Array.isArray(found) || said === found.length) {
    return undefined;
  }
  return { path: counted.count, reason: "count-differs" };
}
