/**
 * The JSON Schema (draft 2020-12) of the configuration, generated from the
 * declaration. Editors use it to check and complete TOML. Pure.
 *
 * @module
 */

import { SCHEMA_TREE, type SchemaNode } from "../schema/schema_tree.ts";
import type { FieldMeta } from "../schema/fields.ts";

type JsonSchema = { readonly [key: string]: unknown };

/** Writes the JSON Schema; the text ends with a newline. */
export function renderJsonSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $comment: "Generated from src/config/schema/schema.ts: deno task generate.",
    title: "Configuration of sunspec-collector",
    ...toSchema(SCHEMA_TREE),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function toSchema(node: SchemaNode): JsonSchema {
  switch (node.kind) {
    case "tables":
      return { type: "array", items: toSchema(node.item) };
    case "key":
      return {
        description: node.meta.description,
        ...toValueSchema(node.meta),
        ...(node.fallback === null ? {} : { default: toJson(node.fallback) }),
      };
    case "table": {
      const entries = [...node.entries];
      const required = entries.flatMap(([key, entry]) =>
        entry.kind === "key" && entry.required ? [key] : []
      );
      return {
        type: "object",
        description: node.description,
        additionalProperties: false,
        properties: Object.fromEntries(
          entries.map(([key, entry]) => [key, toSchema(entry)]),
        ),
        ...(required.length === 0 ? {} : { required }),
      };
    }
  }
}

function toValueSchema(meta: FieldMeta): JsonSchema {
  const { min, max } = meta.bounds ?? {};
  switch (meta.kind) {
    case "text":
      return { type: "string" };
    case "switchable":
      return { anyOf: [{ type: "string" }, { const: false }] };
    case "choice":
      return { type: "string", enum: meta.choices ?? [] };
    case "boolean":
      return { type: "boolean" };
    case "integer":
      return {
        type: "integer",
        ...(min === undefined ? {} : { minimum: min }),
        ...(max === undefined ? {} : { maximum: max }),
      };
    case "bytes":
    case "duration":
      return { type: ["integer", "string"] };
    case "list":
      return {
        type: "array",
        ...(meta.item === undefined ? {} : { items: toValueSchema(meta.item) }),
      };
    case "secret":
      return { not: {} }; // never allowed in the file
  }
}

/** Integers are bigint in the declaration. */
function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(toJson) : value;
}
