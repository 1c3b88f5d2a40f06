/**
 * The declaration as plain data, for whoever walks it: unknown keys, environment
 * variables, the reference.
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
  readonly is: "table";
  readonly description: string;
  readonly entries: ReadonlyMap<string, SchemaNode>;
}

/** A list of tables. */
export interface TablesNode {
  readonly is: "tables";
  readonly item: TableNode;
}

/** A key with a value. */
export interface KeyNode {
  readonly is: "key";
  readonly meta: FieldMeta;
  /** The default as the parser would give it; null = there is none. */
  readonly fallback: unknown;
  /** Whether it must be set. */
  readonly required: boolean;
}

/** The parts of valibot's schemas that this file looks into. */
interface Inside {
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
}

/** A declaration as plain data. */
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
    return { is: "key", meta, fallback, required: !optional };
  }
  const { entries, item } = inner as Inside;
  if (item !== undefined) {
    const node = describeSchema(item);
    if (node.is === "table") return { is: "tables", item: node };
  }
  if (entries === undefined) throw new TypeError(`Cannot describe ${inner.type}`);
  return {
    is: "table",
    description: v.getDescription(inner) ?? "",
    entries: new Map(
      Object.entries(entries).map(([key, entry]) => [key, describeSchema(entry)]),
    ),
  };
}

/** The whole declaration. */
export const SCHEMA_TREE: SchemaNode = describeSchema(CONFIG_SCHEMA);

/**
 * What the declaration says of a path: its node, or that of an element of a
 * list (`["uplink", "brokers", 0]` has the meta of a broker).
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
  if (node.is === "table") {
    return typeof part === "string" ? node.entries.get(part) : undefined;
  }
  if (typeof part !== "number") return undefined;
  if (node.is === "tables") return node.item;
  const { item } = node.meta;
  return item === undefined
    ? undefined
    : { is: "key", meta: item, fallback: null, required: true };
}
