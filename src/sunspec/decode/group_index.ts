/**
 * What decoding asks of a group's definition at every poll, worked out once.
 *
 * @module
 */

import { createBlank } from "../../base/record_template.ts";
import type { Points, PointValue } from "./decoded.ts";
import type { GroupDefinition, PointDefinition } from "../definition/definition.ts";

/** A group's points while they are being decoded. */
export type OpenPoints = Record<string, PointValue | readonly Points[]>;

/** What is known of a group. */
export interface GroupIndex {
  readonly byName: ReadonlyMap<string, PointDefinition>;
  /** Every point null, to be copied. */
  readonly blank: Readonly<OpenPoints>;
  /** The only point that counts a group, and the group that fills the rest of L. */
  readonly counted: { readonly count: string; readonly open: string } | undefined;
}

const indexes = new WeakMap<GroupDefinition, GroupIndex>();

/** The index of a group, made when first asked for. */
export function indexOf(group: GroupDefinition): GroupIndex {
  const known = indexes.get(group);
  if (known !== undefined) return known;
  const made: GroupIndex = {
    byName: new Map(group.points.map((point) => [point.name, point])),
    blank: createBlank([...group.points, ...group.groups].map(({ name }) => name)),
    counted: countedOf(group),
  };
  indexes.set(group, made);
  return made;
}

function countedOf({ points, groups }: GroupDefinition): GroupIndex["counted"] {
  const [count, ...others] = points.filter(({ type }) => type === "count");
  const open = groups.find((each) => each.count === 0);
  if (count === undefined || others.length > 0 || open === undefined) return undefined;
  return { count: count.name, open: open.name };
}
