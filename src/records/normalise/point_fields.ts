/**
 * Maps points of a model to fields of a record. The flags of a record are named
 * by these mappings, and a table in `docs/contracts.md` is generated from them.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag } from "../../sunspec/decode/decode.ts";
import type { FieldTable } from "./points.ts";

/** A model and the flags on its points. */
export type FlaggedModel = Pick<DecodedModel, "id" | "flags">;

/** A flag on a field of a record. */
export interface FieldFlag {
  /** The field, `model_<id>.<point>` for a point without a field, or `model_<id>` for a whole model. */
  readonly field: string;
  readonly reason: DecodeFlag["reason"];
}

/** Field by point, without indexes: `W` maps to `ac_power_w`, `module.DCA` to `strings[].dc_current_a`. */
export type PointFields = ReadonlyMap<string, string>;

/** Maps the points of a set of models to the record fields that they feed. */
export interface FieldMapping {
  /** Ids of the models; all of them have these points. */
  readonly models: readonly number[];
  readonly fields: PointFields;
  /** Additional fields of some of the points. Flags use the field in `fields`. */
  readonly also?: PointFields;
}

/** Points of one group whose fields have the same parent. */
export interface GroupFields {
  /** The group of the points, such as `module`; empty = the top group. */
  readonly group: string;
  /** The parent of the fields, such as `strings[]`; empty = the record itself. */
  readonly place: string;
  readonly tables: readonly FieldTable<string, string>[];
}

/** Builds the mapping of points to fields from the tables that build the records. */
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
 * The field of a point, given its path with indexes; undefined if it has no field.
 *
 * @param before indexes that precede those of the path.
 * @param first added to the first index of the path.
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
 * Converts the flags of a model to flags on fields.
 *
 * @param fieldOf returns the field of the point at a path, if it has one.
 */
export function fieldFlags(
  model: FlaggedModel,
  fieldOf: (path: string) => string | undefined,
): FieldFlag[] {
  return model.flags.map(({ path, reason }) => ({
    field: fieldOf(path) ?? modelPath(model.id, path),
    reason,
  }));
}

/** The name of a point, or with an empty path of a whole model, in flags. */
export function modelPath(id: number, path: string): string {
  return path === "" ? `model_${id}` : `model_${id}.${path}`;
}

/**
 * Converts the flags of one of several models that feed the same record. A flag
 * does not name a field that has the value of another model.
 */
export function sharedFieldFlags(
  model: DecodedModel,
  mappings: readonly FieldMapping[],
  record: object,
): FieldFlag[] {
  if (model.flags.length === 0) return [];
  const fields = fieldsOf(model.id, mappings);
  const filled = new Map<string, unknown>(Object.entries(record));
  return fieldFlags(model, (path) => {
    const field = fieldAt(fields, path);
    if (field === undefined) return undefined;
    const value = filled.get(field) ?? null;
    return value === null || value === model.points[path] ? field : undefined;
  });
}

/**
 * Converts the flags of models whose groups are concatenated in one list of the
 * record: in `strings[3]`, 3 is the index in the whole list, from 0.
 *
 * @param lengthOf returns the number of groups that a model adds to the list.
 */
export function listFlags<M extends FlaggedModel>(
  models: readonly M[],
  mappings: readonly FieldMapping[],
  lengthOf: (model: M) => number,
): FieldFlag[] {
  let before = 0;
  return models.flatMap((model) => {
    const first = before;
    before += lengthOf(model);
    const fields = fieldsOf(model.id, mappings);
    return fieldFlags(model, (path) => fieldAt(fields, path, [], first));
  });
}

const NO_FIELDS: PointFields = new Map();

/** The fields that a model feeds. */
export function fieldsOf(id: number, mappings: readonly FieldMapping[]): PointFields {
  return mappings.find(({ models }) => models.includes(id))?.fields ?? NO_FIELDS;
}
