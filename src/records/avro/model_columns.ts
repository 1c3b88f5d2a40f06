/**
 * Derives the fields of a SunSpec model's record from the model's definition.
 * The schema and the values of the record are both built from them.
 *
 * @module
 */

import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../../sunspec/definition/definition.ts";

/** How a point is represented in a record. */
export type ColumnKind = "number" | "whole" | "text" | "enum" | "bits";

/** The field of a point. */
export interface PointColumn {
  readonly point: PointDefinition;
  readonly field: string;
  readonly kind: ColumnKind;
  /** For an enum: the field that contains the number. */
  readonly codeField: string;
  /** The symbols of values or bits. */
  readonly symbols: ReadonlyMap<number, string>;
}

/** The field of a group: a list of its instances. */
export interface GroupColumn {
  readonly group: GroupDefinition;
  readonly field: string;
  readonly columns: ColumnSet;
}

/** The fields of a group. */
export interface ColumnSet {
  readonly points: readonly PointColumn[];
  readonly groups: readonly GroupColumn[];
}

const computed = new WeakMap<GroupDefinition, ColumnSet>();

/**
 * The fields of a model's top group, without padding points (`pad`); computed
 * once per definition.
 *
 * @param taken names of existing fields; a point with such a name gets the suffix `_`.
 */
export function columnsOf(
  group: GroupDefinition,
  taken: readonly string[] = [],
): ColumnSet {
  const known = computed.get(group);
  if (known !== undefined) return known;
  const names = new Set(taken);
  const points = group.points.filter(({ type }) => type !== "pad").map((point) => {
    const kind = kindOf(point);
    const field = reserveName(point.name, names);
    return {
      point,
      field,
      kind,
      codeField: kind === "enum" ? reserveName(`${field}_code`, names) : field,
      symbols: new Map(
        Object.entries(point.symbols ?? {}).map(([code, name]) => [Number(code), name]),
      ),
    };
  });
  const groups = group.groups.map((inner) => ({
    group: inner,
    field: reserveName(inner.name, names),
    columns: columnsOf(inner),
  }));
  const columns = { points, groups };
  computed.set(group, columns);
  return columns;
}

/** Returns a valid field name that is not in `names`, and adds it. */
function reserveName(name: string, names: Set<string>): string {
  let field = avroName(name);
  while (names.has(field)) field += "_";
  names.add(field);
  return field;
}

/** A valid Avro name: letters, digits and underscores (Avro 1.11, "Names"). */
function avroName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return /^[0-9]/.test(plain) || plain === "" ? `_${plain}` : plain;
}

const TEXTS: ReadonlySet<PointType> = new Set([
  "string",
  "ipaddr",
  "ipv6addr",
  "eui48",
]);

/** Integers of up to 32 bits. Without a scale factor and a unit they are counts or identifiers. */
const WHOLES: ReadonlySet<PointType> = new Set([
  "int16",
  "uint16",
  "int32",
  "uint32",
  "count",
]);

function kindOf({ type, scale, units }: PointDefinition): ColumnKind {
  if (TEXTS.has(type)) return "text";
  if (type.startsWith("enum")) return "enum";
  if (type.startsWith("bitfield")) return "bits";
  if (type === "sunssf") return "whole";
  return WHOLES.has(type) && scale === undefined && units === undefined
    ? "whole"
    : "number";
}
