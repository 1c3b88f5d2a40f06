/**
 * The declaration as a tree of plain data, for the check of unknown keys, the
 * environment variables and the reference.
 *
 * @module
 */

import * as v from "valibot";
import { type FieldMeta, metaOf } from "./fields.ts";
import { CONFIG_SCHEMA } from "./schema.ts";
import type { ConfigPath } from "../check/problem.ts";

/** A part of the declaration. */
export type SchemaNode = TableNode | TablesNode | KeyNode;

/** A table. */
export interface TableNode {
  readonly kind: "table";
  readonly description: string;
  readonly entries: ReadonlyMap<string, SchemaNode>;
}

/** A list of tables. */
export interface TablesNode {
  readonly kind: "tables";
  readonly item: TableNode;
}

/** A key with a value. */
export interface KeyNode {
  readonly kind: "key";
  readonly meta: FieldMeta;
  /** Default in the types of the parser; null = none. */
  readonly fallback: unknown;
  /** Whether the key must be set. */
  readonly required: boolean;
}

/** The parts of valibot's schemas that are read here. */
interface Inside {
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
}

/** Converts a declaration to a tree. */
export function describeSchema(schema: v.GenericSchema): SchemaNode {
  let inner = schema;
  let optional = false;
  for (let depth = 0; depth < 4; depth++) {
    const { wrapped } = inner as Inside;
    if (wrapped === undefined) break;
    optional ||= inner.type === "optional";
    inner = wrapped;
  }
  const meta = metaOf(inner);
  if (meta !== undefined) {
    const fallback = v.getDefault(schema) ?? null;
    return { kind: "key", meta, fallback, required: !optional };
  }
  const { entries, item } = inner as Inside;
  if (item !== undefined) {
    const node = describeSchema(item);
    if (node.kind === "table") return { kind: "tables", item: node };
  }
  if (entries === undefined) throw new TypeError(`Cannot describe ${inner.type}`);
  return {
    kind: "table",
    description: v.getDescription(inner) ?? "",
    entries: new Map(
      Object.entries(entries).map(([key, entry]) => [key, describeSchema(entry)]),
    ),
  };
}

/** The whole configuration. */
export const SCHEMA_TREE: SchemaNode = describeSchema(CONFIG_SCHEMA);

/**
 * Returns the node at a path. For an element of a list, returns a key node with the
 * metadata of the element: `["uplink", "brokers", 0]` has the metadata of a broker.
 */
export function nodeAt(
  path: ConfigPath,
  tree: SchemaNode = SCHEMA_TREE,
): SchemaNode | undefined {
  let node: SchemaNode | undefined = tree;
  for (const part of path) {
    if (node === undefined) return undefined;
    node = childOf(node, part);
  }
  return node;
}

function childOf(node: SchemaNode, part: string | number): SchemaNode | undefined {
  if (node.kind === "table") {
    return typeof part === "string" ? node.entries.get(part) : undefined;
  }
  if (typeof part !== "number") return undefined;
  if (node.kind === "tables") return node.item;
  const { item } = node.meta;
  return item === undefined
    ? undefined
    : { kind: "key", meta: item, fallback: null, required: true };
}
