/**
 * Compares two definitions of one model. Pure.
 *
 * @module
 */

import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../../src/sunspec/definition/definition.ts";

/** The property of a point or a group that differs. */
export type DifferenceField =
  | "name"
  | "presence"
  | "type"
  | "size"
  | "offset"
  | "scale"
  | "units"
  | "symbols"
  | "mandatory"
  | "static"
  | "count";

/** One difference. */
export interface Difference {
  /** Model id. */
  readonly model: number;
  /**
   * Path of the point or the group, with the names of the first definition; empty = the
   * top-level group.
   */
  readonly path: string;
  readonly field: DifferenceField;
  /** The value in the first definition; empty = none. */
  readonly first: string;
  /** The value in the second definition; empty = none. */
  readonly second: string;
}

/** The properties compared of a point that both definitions have, as text. */
const POINT_FIELDS: Readonly<
  Partial<Record<DifferenceField, (point: PointDefinition) => string>>
> = {
  name: ({ name }) => name,
  type: ({ type }) => type,
  size: ({ size }) => String(size),
  offset: ({ offset }) => String(offset),
  scale: ({ scale }) => String(scale ?? ""),
  units: ({ units }) => units ?? "",
  mandatory: (point) => point.mandatory === true ? "yes" : "",
  static: (point) => point.static === true ? "yes" : "",
};

const GROUP_FIELDS: Readonly<
  Partial<Record<DifferenceField, (group: GroupDefinition) => string>>
> = {
  name: ({ name }) => name,
  count: ({ count }) => String(count),
  size: ({ size }) => String(size),
};

/**
 * Compares two definitions of one model, point by point and property by property.
 *
 * Points are matched by name within their group, and if there is none of the same name by
 * offset and size. Groups are matched by their order.
 *
 * @returns the differences in register order; empty = the definitions are equal.
 */
export function compareDefinitions(
  first: ModelDefinition,
  second: ModelDefinition,
): Difference[] {
  const found: Difference[] = [];

  function add(path: string, field: DifferenceField, a: string, b: string): void {
    if (a !== b) found.push({ model: first.id, path, field, first: a, second: b });
  }

  function comparePoints(a: GroupDefinition, b: GroupDefinition, path: string): void {
    const { pairs, rest } = pairUp(a.points, b.points);
    for (const [left, right] of pairs) {
      const at = `${path}${left.name}`;
      if (right === undefined) {
        add(at, "presence", describe(left), "");
        continue;
      }
      for (const [field, text] of Object.entries(POINT_FIELDS)) {
        add(at, field as DifferenceField, text(left), text(right));
      }
      compareSymbols(left, right, at);
    }
    for (const point of rest) {
      add(`${path}${point.name}`, "presence", "", describe(point));
    }
  }

  function compareSymbols(a: PointDefinition, b: PointDefinition, path: string): void {
    const left = a.symbols ?? {};
    const right = b.symbols ?? {};
    const values = new Set([...Object.keys(left), ...Object.keys(right)].map(Number));
    for (const value of [...values].sort((x, y) => x - y)) {
      const text = (name: string | undefined): string =>
        name === undefined ? "" : `${value} ${name}`;
      add(path, "symbols", text(left[value]), text(right[value]));
    }
  }

  function compareGroups(a: GroupDefinition, b: GroupDefinition, path: string): void {
    for (const [field, text] of Object.entries(GROUP_FIELDS)) {
      add(path.slice(0, -1), field as DifferenceField, text(a), text(b));
    }
    comparePoints(a, b, path);
    const count = Math.max(a.groups.length, b.groups.length);
    for (let index = 0; index < count; index++) {
      const left = a.groups[index];
      const right = b.groups[index];
      const at = `${path}${(left ?? right)?.name ?? ""}`;
      if (left !== undefined && right !== undefined) {
        compareGroups(left, right, `${at}.`);
      } else {
        add(at, "presence", left ? "group" : "", right ? "group" : "");
      }
    }
  }

  compareGroups(first.group, second.group, "");
  return found;
}

interface Pairs {
  readonly pairs: readonly (readonly [PointDefinition, PointDefinition | undefined])[];
  /** Points of the second definition that match no point of the first. */
  readonly rest: readonly PointDefinition[];
}

function pairUp(
  first: readonly PointDefinition[],
  second: readonly PointDefinition[],
): Pairs {
  const rest = new Map(second.map((point) => [point.name, point]));
  const byName = new Map(first.map(({ name }) => [name, rest.get(name)]));
  for (const { name } of first) rest.delete(name);
  const pairs = first.map((point): [PointDefinition, PointDefinition | undefined] => {
    const same = byName.get(point.name) ??
      [...rest.values()].find((other) =>
        other.offset === point.offset && other.size === point.size
      );
    if (same !== undefined) rest.delete(same.name);
    return [point, same];
  });
  return { pairs, rest: [...rest.values()] };
}

function describe({ type, offset, size }: PointDefinition): string {
  return `${type} at ${offset}, ${size} registers`;
}
