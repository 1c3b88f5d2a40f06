/**
 * Finds the registers of a device that identify it or its owner, or that grant
 * access to it. Pure.
 *
 * @module
 */

import type { ModelLocation } from "./chain.ts";
import type { ModelDefinition, PointDefinition } from "./definition/definition.ts";
import { MODEL_HEADER_SIZE } from "./spec.ts";
import {
  createModelExtents,
  type GroupInstance,
  type ModelExtents,
} from "./decode/group_extent.ts";
import type { Registers } from "./decode/point.ts";
import { singleReadSource } from "./decode/register_source.ts";

/** Names of passwords, PINs and the user names that belong to them. */
const SECRET = /^(?:Pw|Pin|User|UsrNam|PW|Pass.*)$/;
/** Names of points that identify one device or one subscriber. */
const SERIAL = /^(?:SN|.*Serial(?:Number)?|MAC|IMEI|Num)$/;

/** One private point of a device. */
export interface PrivatePoint {
  /** Model id and path of the point, such as `64020 sensor[2].SerialNumber`. */
  readonly name: string;
  /** Zero-based address of its first register. */
  readonly address: number;
  /** Number of registers. */
  readonly size: number;
  readonly type: PointDefinition["type"];
  /** True for a secret, which is masked even if private points are not. */
  readonly secret: boolean;
}

/**
 * The private points of a model, including those in repeated groups.
 *
 * @param registers registers of the model, starting with its header.
 */
export function privatePoints(
  definition: ModelDefinition,
  at: ModelLocation,
  registers: Registers,
): PrivatePoint[] {
  const limit = MODEL_HEADER_SIZE + at.length;
  const extents = createModelExtents(singleReadSource(registers), limit);
  const found: PrivatePoint[] = [];
  visitPoints(
    { group: definition.group, start: 0, outer: undefined },
    "",
    extents,
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

/** `groupStart`: offset of the point's group from the model's header. */
type OnPoint = (point: PointDefinition, path: string, groupStart: number) => void;

function visitPoints(
  instance: GroupInstance,
  path: string,
  extents: ModelExtents,
  onPoint: OnPoint,
): void {
  for (const point of instance.group.points) onPoint(point, path, instance.start);
  let next = instance.start + instance.group.size;
  for (const group of instance.group.groups) {
    const { starts, end } = extents.groupExtent(group, next, instance);
    for (const [index, start] of starts.entries()) {
      const inner = { group, start, outer: instance };
      visitPoints(inner, `${path}${group.name}[${index}].`, extents, onPoint);
    }
    next = end;
  }
}
