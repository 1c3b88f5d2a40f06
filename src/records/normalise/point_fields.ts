/**
 * Which field of a record takes which point of a model: what flags are named
 * by, and what the table in `docs/contracts.md` is made of.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag } from "../../sunspec/decode/decode.ts";
import type { FieldTable } from "./points.ts";

/** A flag on a field of a record. */
export interface FieldFlag {
  /** The field, or `model_<id>.<point>` for what has no field of its own. */
  readonly field: string;
  readonly reason: DecodeFlag["reason"];
}

/** Field by point, without indexes: `W` is `ac_power_w`, `module.DCA` is `strings[].dc_current_a`. */
export type PointFields = ReadonlyMap<string, string>;

/** The fields that the points of some models feed. */
export interface Sources {
  /** Ids of models with the same points. */
  readonly models: readonly number[];
  readonly fields: PointFields;
  /** Second fields of some of the points; a flag on such a point is named by the first. */
  readonly also?: PointFields;
}

/** Points of one group whose fields stand in one place. */
export interface GroupFields {
  /** The group of the points, such as `module`; empty = the top. */
  readonly group: string;
  /** Where the fields stand, such as `strings[]`; empty = the top. */
  readonly place: string;
  readonly tables: readonly FieldTable<string, string>[];
}

/** Collects the fields of points from the tables that records are made by. */
export function pointFields(...groups: readonly GroupFields[]): PointFields {
  const fields = new Map<string, string>();
  for (const { group, place, tables } of groups) {
    for (const [field, point] of tables.flat()) {
      const path = group === "" ? point : `${group}.${point}`;
      fields.set(path, place === "" ? field : `${place}.${field}`);
    }
  }
  return fields;
}

/**
 * The field of a point whose path has indexes; undefined if it has none.
 *
 * @param before the indexes that come before those of the path.
 * @param first what the path's own first index is counted from.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { fieldAt } from "./point_fields.ts";
 *
 * const fields = new Map([["module.DCW", "strings[].dc_power_w"]]);
 * strictEqual(fieldAt(fields, "module[2].DCW", [], 4), "strings[6].dc_power_w");
 * ```
 */
export function fieldAt(
  fields: PointFields,
  path: string,
  before: readonly number[] = [],
  first = 0,
): string | undefined {
  const indexes = [...before];
  const point = path.replaceAll(/\[(\d+)\]/g, (_, index) => {
    indexes.push(Number(index) + (indexes.length === before.length ? first : 0));
    return "";
  });
  let nth = 0;
  return fields.get(point)?.replaceAll("[]", () => `[${indexes[nth++]}]`);
}

/**
 * A model's decode flags by the names of fields.
 *
 * @param fieldOf the field of the point at a path, if it has one.
 */
export function fieldFlags(
  model: DecodedModel,
  fieldOf: (path: string) => string | undefined,
): FieldFlag[] {
  return model.flags.map(({ path, reason }) => ({
    field: fieldOf(path) ?? `model_${model.id}.${path}`,
    reason,
  }));
}

/**
 * The flags of a model that is not the only one to feed a record: a field that
 * another one has filled is not what its flag is about.
 */
export function feederFlags(
  model: DecodedModel,
  sources: readonly Sources[],
  record: object,
): FieldFlag[] {
  if (model.flags.length === 0) return [];
  const fields = fieldsOf(model.id, sources);
  const filled = new Map<string, unknown>(Object.entries(record));
  return fieldFlags(model, (path) => {
    const field = fieldAt(fields, path);
    return field === undefined || (filled.get(field) ?? null) !== null
      ? undefined
      : field;
  });
}

/**
 * The flags of models whose groups stand one after the other in one list of the
 * record, as `strings[3]`, which counts from 0 over all of them.
 *
 * @param lengthOf how many groups a model gives to the list.
 */
export function listFlags<M extends DecodedModel>(
  models: readonly M[],
  sources: readonly Sources[],
  lengthOf: (model: M) => number,
): FieldFlag[] {
  let before = 0;
  return models.flatMap((model) => {
    const first = before;
    before += lengthOf(model);
    const fields = fieldsOf(model.id, sources);
    return fieldFlags(model, (path) => fieldAt(fields, path, [], first));
  });
}

const NO_FIELDS: PointFields = new Map();

/** The fields that a model feeds. */
export function fieldsOf(id: number, sources: readonly Sources[]): PointFields {
  return sources.find(({ models }) => models.includes(id))?.fields ?? NO_FIELDS;
}
