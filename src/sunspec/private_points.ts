/**
 * Which registers of a device tell who owns it or let one into it, and how they
 * are made unreadable in a dump. Pure.
 *
 * @module
 */

import type { ModelAt } from "./chain.ts";
import {
  HEADER_SIZE,
  type ModelDefinition,
  type PointDefinition,
} from "./definition/definition.ts";
import { createMeasure, type Frame, type Measure } from "./decode/group_extent.ts";
import type { Registers } from "./decode/point.ts";
import { wholeSource } from "./decode/register_source.ts";

/** Passwords, PINs and the user names beside them: never kept. */
const SECRET = /^(?:Pw|Pin|User|UsrNam|PW|Pass.*)$/;
/** What tells one device or subscriber from every other. */
const SERIAL = /^(?:SN|.*Serial(?:Number)?|MAC|IMEI|Num)$/;

/** One private point of a device. */
export interface PrivatePoint {
  /** `1 SN`, `64020 sensor[2].SerialNumber`: the model's id and the point's path. */
  readonly name: string;
  /** Zero-based address of its first register. */
  readonly address: number;
  readonly size: number;
  readonly type: PointDefinition["type"];
  /** A secret is masked whatever was asked for. */
  readonly secret: boolean;
}

/**
 * The private points of a model, those of repeated groups included.
 *
 * @param registers of the model, from the register that holds its id on.
 */
export function privatePoints(
  definition: ModelDefinition,
  at: ModelAt,
  registers: Registers,
): PrivatePoint[] {
  const limit = HEADER_SIZE + at.length;
  const measure = createMeasure(wholeSource(registers), limit);
  const found: PrivatePoint[] = [];
  visit(
    { group: definition.group, start: 0, outer: undefined },
    "",
    measure,
    (point, path, start) => {
      const secret = SECRET.test(point.name);
      if (!secret && !SERIAL.test(point.name)) return;
      const { size, type } = point;
      const offset = start + point.offset;
      const inside = Math.min(size, limit - offset);
      if (inside <= 0) return;
      const address = at.address + offset;
      found.push({
        name: `${at.id} ${path}${point.name}`,
        address,
        size: inside,
        type,
        secret,
      });
    },
  );
  return found;
}

type OnPoint = (point: PointDefinition, path: string, start: number) => void;

function visit(frame: Frame, path: string, measure: Measure, onPoint: OnPoint): void {
  for (const point of frame.group.points) onPoint(point, path, frame.start);
  let start = frame.start + frame.group.size;
  for (const group of frame.group.groups) {
    const counted = measure.count(group, start, frame);
    for (const [at, each] of counted.starts.entries()) {
      const inner = { group, start: each, outer: frame };
      visit(inner, `${path}${group.name}[${at}].`, measure, onPoint);
    }
    start = counted.end;
  }
}
