/**
 * The configuration's JSON Schema (draft 2020-12), written from its
 * declaration: editors that know TOML check and complete with it. Pure.
 *
 * @module
 */

import { SCHEMA_TREE, type SchemaNode } from "../schema/schema_tree.ts";
import type { FieldMeta } from "../schema/fields.ts";

type JsonSchema = { readonly [key: string]: unknown };

/** Writes the JSON Schema; ends in a line end. */
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
  switch (node.is) {
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
        entry.is === "key" && entry.required ? [key] : []
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
    case "flag":
      return { type: "boolean" };
    case "whole":
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
      return { not: {} }; // it never stands in the file
  }
}

/** Whole numbers are bigint in the declaration. */
function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(toJson) : value;
}
