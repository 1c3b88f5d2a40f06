/**
 * Facts about a group definition that decoding needs at every poll, computed once.
 *
 * @module
 */

import { createRecordTemplate } from "../../base/record_template.ts";
import type { Points, PointValue } from "./decoded.ts";
import type { GroupDefinition, PointDefinition } from "../definition/definition.ts";

/** Points of a group while they are decoded. */
export type MutablePoints = Record<string, PointValue | readonly Points[]>;

/** Facts about one group. */
export interface GroupIndex {
  readonly byName: ReadonlyMap<string, PointDefinition>;
  /** Every point null; copied for each decoded instance. */
  readonly blank: Readonly<MutablePoints>;
  /** The group's only count point, and its inner group that repeats to the end of L. */
  readonly counted: { readonly count: string; readonly open: string } | undefined;
}

const indexes = new WeakMap<GroupDefinition, GroupIndex>();

/** The index of a group, computed on first use. */
export function groupIndexOf(group: GroupDefinition): GroupIndex {
  const known = indexes.get(group);
  if (known !== undefined) return known;
  const made: GroupIndex = {
    byName: new Map(group.points.map((point) => [point.name, point])),
    blank: createRecordTemplate(
      [...group.points, ...group.groups].map(({ name }) => name),
    ),
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
