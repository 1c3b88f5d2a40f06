/**
 * Which fields a record of one SunSpec model has: what its schema and its
 * values are both made from.
 *
 * @module
 */

import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../../sunspec/definition/definition.ts";

/** What a point is in a record. */
export type ColumnKind = "number" | "whole" | "text" | "enum" | "bits";

/** A point's field. */
export interface Column {
  readonly point: PointDefinition;
  readonly field: string;
  readonly kind: ColumnKind;
  /** The field of the number, for an enum. */
  readonly codeField: string;
  /** The names of values or bits. */
  readonly symbols: ReadonlyMap<number, string>;
}

/** A group's field: a list of its instances. */
export interface GroupColumn {
  readonly group: GroupDefinition;
  readonly field: string;
  readonly columns: Columns;
}

/** The fields of a group. */
export interface Columns {
  readonly points: readonly Column[];
  readonly groups: readonly GroupColumn[];
}

const made = new WeakMap<GroupDefinition, Columns>();

/**
 * The fields of a model's top group, made when first asked for. Fillers (`pad`)
 * have none.
 *
 * @param taken names that the record has already: a point of that name gets `_` after it.
 */
export function columnsOf(
  group: GroupDefinition,
  taken: readonly string[] = [],
): Columns {
  const known = made.get(group);
  if (known !== undefined) return known;
  const names = new Set(taken);
  const points = group.points.filter(({ type }) => type !== "pad").map((point) => {
    const kind = kindOf(point);
    const field = claim(point.name, names);
    return {
      point,
      field,
      kind,
      codeField: kind === "enum" ? claim(`${field}_code`, names) : field,
      symbols: new Map(
        Object.entries(point.symbols ?? {}).map(([code, name]) => [Number(code), name]),
      ),
    };
  });
  const groups = group.groups.map((inner) => ({
    group: inner,
    field: claim(inner.name, names),
    columns: columnsOf(inner),
  }));
  const columns = { points, groups };
  made.set(group, columns);
  return columns;
}

/** A name that Avro takes and that no other field of the record has. */
function claim(name: string, names: Set<string>): string {
  let field = avroName(name);
  while (names.has(field)) field += "_";
  names.add(field);
  return field;
}

/** A name of letters, digits and underscores (Avro 1.11, "Names"). */
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

/** Whole numbers of up to 32 bits: those without a scale factor and a unit count or name something. */
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
