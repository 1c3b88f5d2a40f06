/**
 * Generates the tables of `docs/contracts.md` and `docs/model_records.md` from
 * the schemas.
 *
 * @module
 */

import type { ModelDefinition } from "../../src/sunspec/definition/definition.ts";
import {
  type AvroField,
  type AvroRecord,
  type AvroType,
  ENVELOPE_FIELDS,
} from "../../src/records/avro/schema.ts";
import { FIELD_MAPPINGS } from "../../src/records/normalise/field_mappings.ts";
import type { FieldMapping } from "../../src/records/normalise/point_fields.ts";
import { fingerprintOf, innermostType, isRecord, isUnion } from "./avro_rules.ts";

/** A schema that is generated from a SunSpec definition. */
export interface ModelSchema {
  readonly definition: ModelDefinition;
  readonly schema: AvroRecord;
}

/** `docs/model_records.md` with its table updated. */
export function modelRecordsText(
  before: string,
  models: readonly ModelSchema[],
): string {
  const rows = models.map(({ definition, schema }) => [
    String(definition.id),
    definition.name,
    `[\`${schema.name}\`](../models/avro/sunspec/${schema.name}.avsc)`,
    `\`${fingerprintOf(schema)}\``,
  ]);
  const head = ["Model", "Name", "Record", "Fingerprint"];
  return replaceSection(before, "model records", table(head, rows));
}

/** `docs/contracts.md` with its tables updated. */
export function contractsText(before: string, schemas: readonly AvroRecord[]): string {
  const fingerprints = table(
    ["Record", "Fingerprint (bytes 2 to 9 of a payload)"],
    schemas.map((schema) => [`\`${schema.name}\``, `\`${fingerprintOf(schema)}\``]),
  );
  let text = replaceSection(before, "fingerprints", fingerprints);
  text = replaceSection(text, "sources", sourceTable());
  const envelope = schemas[0]?.fields.slice(0, ENVELOPE_FIELDS) ?? [];
  text = replaceSection(text, "envelope", fieldTable(envelope));
  for (const schema of schemas) {
    const own = schema.fields.slice(ENVELOPE_FIELDS);
    text = replaceSection(text, schema.name, `${schema.doc}\n\n${nestedTables(own)}`);
  }
  return text;
}

/** One row per field, with the models and points that feed it. */
function sourceTable(): string {
  const rows = Object.entries(FIELD_MAPPINGS).flatMap(([record, mappings]) => {
    const all: readonly FieldMapping[] = mappings;
    const fields = new Set(all.flatMap(({ fields }) => [...fields.values()]));
    return [...fields].map((field) => [
      `\`${record}.${field}\``,
      all.flatMap(({ models, fields, also = [] }) =>
        [...fields, ...also].filter(([, fed]) => fed === field).map(([point]) =>
          `${models.join(", ")}: \`${point}\``
        )
      ).join("; "),
    ]);
  });
  return table(
    ["Field", "Models and points, in order of precedence"],
    rows,
  );
}

function nestedTables(fields: readonly AvroField[]): string {
  const inner = fields.map((field) => innermostType(field.type)).filter(isRecord);
  return [
    fieldTable(fields),
    ...inner.map((record) =>
      `\`${record.name}\`: ${record.doc}\n\n${nestedTables(record.fields)}`
    ),
  ].join("\n\n");
}

function fieldTable(fields: readonly AvroField[]): string {
  return table(
    ["Field", "Type", "Meaning"],
    fields.map((field) => [
      `\`${field.name}\``,
      documentType(field.type),
      (field.doc ?? "").replaceAll("|", "\\|"),
    ]),
  );
}

function documentType(type: AvroType): string {
  if (isUnion(type)) return `${documentType(type[1] ?? "null")}, null`;
  if (isRecord(type)) return `\`${type.name}\``;
  if (typeof type === "string") return type;
  return type.type === "array"
    ? `array of ${documentType(type.items)}`
    : type.logicalType;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/**
 * Replaces the text between the markers of `name`. `deno fmt` skips it: it would
 * pad every cell of a table to the longest text.
 *
 * @throws Error if the markers are missing.
 */
function replaceSection(text: string, name: string, body: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`document without the markers ${begin} and ${end}`);
  }
  const inside =
    `<!-- deno-fmt-ignore-start -->\n\n${body}\n\n<!-- deno-fmt-ignore-end -->`;
  return `${text.slice(0, from)}${begin}\n\n${inside}\n\n${text.slice(to)}`;
}
