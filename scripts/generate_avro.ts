/**
 * Makes from `models/avro/*.avsc`, which are written by hand: the module that
 * carries them into the binary, and the tables of `docs/contracts.md`. Makes from
 * the SunSpec definitions: `models/avro/sunspec/*.avsc`, one schema for each model.
 *
 * `deno run -A scripts/generate_avro.ts release` notes the schemas as released:
 * from then on they change only by nullable fields.
 *
 * @module
 */

import { loadDefinition, MODEL_IDS } from "../models/index.ts";
import type { ModelDefinition } from "../src/sunspec/definition/definition.ts";
import { canonicalForm, crc64Avro, hex } from "../src/records/avro/fingerprint.ts";
import { modelSchema } from "../src/records/avro/model_schema.ts";
import { CONTRACT_TYPES } from "../src/records/record.ts";
import type { Sources } from "../src/records/normalise/point_fields.ts";
import { RECORD_SOURCES } from "../src/records/normalise/normalise.ts";
import {
  type AvroField,
  type AvroRecord,
  type AvroType,
  ENVELOPE_FIELDS,
} from "../src/records/avro/schema.ts";
import { evolutionFaults, isRecord, isUnion, styleFaults } from "./avro_rules.ts";

const FOLDER = new URL("../models/avro/", import.meta.url);
const RELEASED = new URL("released.json", FOLDER);
const DOCUMENT = new URL("../docs/contracts.md", import.meta.url);
const MODELS_DOCUMENT = new URL("../docs/model_records.md", import.meta.url);

interface Released {
  readonly fingerprint: string;
  readonly schema: AvroRecord;
}

type ReleasedBook = Record<string, readonly Released[]>;

/**
 * Writes what is generated from the schemas, or says what differs. Faults in
 * the schemas themselves are said in both modes, and then nothing is written.
 */
export async function generateAvro(mode: "write" | "check"): Promise<string[]> {
  const schemas = await readSchemas();
  const faults = await schemaFaults(schemas);
  if (faults.length > 0) return faults;
  const models = await modelSchemas();
  const outputs: readonly (readonly [URL, string])[] = [
    [new URL("index.ts", FOLDER), moduleText(schemas)],
    [DOCUMENT, documentText(await Deno.readTextFile(DOCUMENT), schemas)],
    [MODELS_DOCUMENT, modelsText(await Deno.readTextFile(MODELS_DOCUMENT), models)],
    ...models.map(({ schema }) =>
      [
        new URL(`sunspec/${schema.name}.avsc`, FOLDER),
        `${JSON.stringify(schema, null, 1)}\n`,
      ] as const
    ),
  ];
  for (const [url, text] of outputs) {
    if (mode === "write") await Deno.writeTextFile(url, text);
    else if (await Deno.readTextFile(url).catch(() => "") !== text) {
      faults.push(`${url.pathname.split("/").slice(-2).join("/")} is out of date`);
    }
  }
  return faults;
}

/** A schema that is generated from a SunSpec definition. */
interface ModelSchema {
  readonly definition: ModelDefinition;
  readonly schema: AvroRecord;
}

/** The schemas of every model that is built in. */
async function modelSchemas(): Promise<ModelSchema[]> {
  const definitions = await Promise.all(MODEL_IDS.map(loadDefinition));
  return definitions.filter((each) => each !== undefined)
    .map((definition) => ({ definition, schema: modelSchema(definition) }));
}

/** The table of those schemas. */
function modelsText(before: string, models: readonly ModelSchema[]): string {
  const rows = models.map(({ definition, schema }) => [
    String(definition.id),
    definition.name,
    `[\`${schema.name}\`](../models/avro/sunspec/${schema.name}.avsc)`,
    `\`${fingerprint(schema)}\``,
  ]);
  const head = ["Model", "Name", "Record", "Fingerprint"];
  return replaceSection(before, "model records", table(head, rows));
}

async function readSchemas(): Promise<AvroRecord[]> {
  return await Promise.all(
    CONTRACT_TYPES.map(async (name) =>
      JSON.parse(await Deno.readTextFile(new URL(`${name}.avsc`, FOLDER)))
    ),
  );
}

async function schemaFaults(schemas: readonly AvroRecord[]): Promise<string[]> {
  const book: ReleasedBook = JSON.parse(await Deno.readTextFile(RELEASED));
  const envelope = schemas[0]?.fields.slice(0, ENVELOPE_FIELDS) ?? [];
  return schemas.flatMap((schema) => [
    ...styleFaults(schema, envelope),
    ...(book[schema.name] ?? []).flatMap((released) =>
      evolutionFaults(
        released.schema,
        { ...canonical(schema), fields: schema.fields },
        `${schema.name} (released ${released.fingerprint})`,
      )
    ),
  ]);
}

function canonical(schema: AvroRecord): AvroRecord {
  return JSON.parse(canonicalForm(schema));
}

function fingerprint(schema: AvroRecord): string {
  return hex(crc64Avro(canonicalForm(schema)));
}

async function release(): Promise<void> {
  const book: ReleasedBook = JSON.parse(await Deno.readTextFile(RELEASED));
  for (const schema of await readSchemas()) {
    const known = book[schema.name] ?? [];
    const print = fingerprint(schema);
    if (known.some((released) => released.fingerprint === print)) continue;
    book[schema.name] = [...known, { fingerprint: print, schema: canonical(schema) }];
  }
  await Deno.writeTextFile(RELEASED, `${JSON.stringify(book, null, 1)}\n`);
}

function moduleText(schemas: readonly AvroRecord[]): string {
  const types = new Map<string, string>();
  for (const schema of schemas) {
    const fields = schema.fields.slice(ENVELOPE_FIELDS);
    types.set(
      `${schema.name}Fields`,
      typeText(`${schema.name}Fields`, schema.doc, fields),
    );
    collectTypes(fields, types);
  }
  return `// Generated by scripts/generate_avro.ts from the .avsc files beside it: deno task generate.
/**
 * The wire contracts: the Avro schemas that records are written with, and the
 * TypeScript types of each record's own fields (those after the envelope).
 *
 * @module
 */

/** A schema: \`fingerprint\` is CRC-64-AVRO, 16 hex digits in the byte order of a payload. */
export interface EmbeddedSchema {
  readonly fingerprint: string;
  readonly text: string;
}

/** By record type. */
export const SCHEMAS: {
${schemas.map((schema) => `  readonly ${schema.name}: EmbeddedSchema;\n`).join("")}} = {
${
    schemas.map((schema) =>
      `  ${schema.name}: {\n    fingerprint: "${fingerprint(schema)}",\n    text: ${
        JSON.stringify(JSON.stringify(schema))
      },\n  },\n`
    ).join("")
  }};
${[...types.values()].join("")}`;
}

function collectTypes(fields: readonly AvroField[], types: Map<string, string>): void {
  for (const field of fields) {
    const record = innermost(field.type);
    if (!isRecord(record)) continue;
    types.set(record.name, typeText(record.name, record.doc, record.fields));
    collectTypes(record.fields, types);
  }
}

function typeText(
  name: string,
  doc: string | undefined,
  fields: readonly AvroField[],
): string {
  const lines = fields.map((field) =>
    `  /** ${field.doc} */\n  readonly ${field.name}: ${tsType(field.type)};\n`
  );
  return `\n/** ${doc} */\nexport type ${name} = {\n${lines.join("")}};\n`;
}

function tsType(type: AvroType): string {
  if (isUnion(type)) return `${tsType(type[1] ?? "null")} | null`;
  if (isRecord(type)) return type.name;
  if (typeof type === "object") {
    return type.type === "array" ? `readonly ${tsType(type.items)}[]` : "number";
  }
  return type === "string" || type === "boolean" ? type : "number";
}

function innermost(type: AvroType): AvroType {
  if (isUnion(type)) return innermost(type[1] ?? "null");
  if (typeof type === "object" && type.type === "array") return innermost(type.items);
  return type;
}

function documentText(before: string, schemas: readonly AvroRecord[]): string {
  const prints = table(
    ["Record", "Fingerprint (bytes 2 to 9 of a payload)"],
    schemas.map((schema) => [`\`${schema.name}\``, `\`${fingerprint(schema)}\``]),
  );
  let text = replaceSection(before, "fingerprints", prints);
  text = replaceSection(text, "sources", sourceTable());
  const envelope = schemas[0]?.fields.slice(0, ENVELOPE_FIELDS) ?? [];
  text = replaceSection(text, "envelope", fieldTable(envelope));
  for (const schema of schemas) {
    const own = schema.fields.slice(ENVELOPE_FIELDS);
    text = replaceSection(text, schema.name, `${schema.doc}\n\n${nestedTables(own)}`);
  }
  return text;
}

/** A row for each field and each form in which SunSpec has its point. */
function sourceTable(): string {
  const rows = Object.entries(RECORD_SOURCES).flatMap(([record, sources]) => {
    const all: readonly Sources[] = sources;
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
    ["Field", "Models and point, the first that says something first"],
    rows,
  );
}

function nestedTables(fields: readonly AvroField[]): string {
  const inner = fields.map((field) => innermost(field.type)).filter(isRecord);
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
 * Puts `body` between the markers of `name`; they must be there. `deno fmt`
 * would pad every table cell to the longest text, so it is told to look away.
 */
function replaceSection(text: string, name: string, body: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`a document lacks ${begin}`);
  const inside =
    `<!-- deno-fmt-ignore-start -->\n\n${body}\n\n<!-- deno-fmt-ignore-end -->`;
  return `${text.slice(0, from)}${begin}\n\n${inside}\n\n${text.slice(to)}`;
}

if (import.meta.main && Deno.args[0] === "release") await release();
