/**
 * Generates files from `models/avro/*.avsc`, which are maintained by hand: the
 * module that embeds them in the binary, and the tables of `docs/contracts.md`.
 * Generates `models/avro/sunspec/*.avsc` from the SunSpec definitions, one schema
 * per model.
 *
 * `deno run -A scripts/generate/avro.ts release` records the schemas as released.
 * A released schema may only gain nullable fields.
 *
 * @module
 */

import { loadDefinition, MODEL_IDS } from "../../models/index.ts";
import { canonicalForm } from "../../src/records/avro/fingerprint.ts";
import { modelSchema } from "../../src/records/avro/model_schema.ts";
import { CONTRACT_TYPES } from "../../src/records/record.ts";
import { type AvroRecord, ENVELOPE_FIELDS } from "../../src/records/avro/schema.ts";
import { contractsText, modelRecordsText, type ModelSchema } from "./avro_document.ts";
import { moduleText } from "./avro_module.ts";
import { evolutionFaults, fingerprintOf, styleFaults } from "./avro_rules.ts";

const FOLDER = new URL("../../models/avro/", import.meta.url);
const RELEASED = new URL("released.json", FOLDER);
const DOCUMENT = new URL("../../docs/contracts.md", import.meta.url);
const MODELS_DOCUMENT = new URL("../../docs/model_records.md", import.meta.url);

interface ReleasedSchema {
  readonly fingerprint: string;
  readonly schema: AvroRecord;
}

/** The released schemas by record type, oldest first. */
type ReleasedSchemas = Record<string, readonly ReleasedSchema[]>;

/**
 * Writes the generated files, or returns a fault for each that is out of date.
 * Faults of the schemas themselves are returned in both modes, and then nothing
 * is written.
 */
export async function generateAvro(mode: "write" | "check"): Promise<string[]> {
  const schemas = await readSchemas();
  const faults = await schemaFaults(schemas);
  if (faults.length > 0) return faults;
  const models = await modelSchemas();
  const outputs: readonly (readonly [URL, string])[] = [
    [new URL("index.ts", FOLDER), moduleText(schemas)],
    [DOCUMENT, contractsText(await Deno.readTextFile(DOCUMENT), schemas)],
    [
      MODELS_DOCUMENT,
      modelRecordsText(await Deno.readTextFile(MODELS_DOCUMENT), models),
    ],
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

/** The schemas of all built-in models. */
async function modelSchemas(): Promise<ModelSchema[]> {
  const definitions = await Promise.all(MODEL_IDS.map(loadDefinition));
  return definitions.filter((each) => each !== undefined)
    .map((definition) => ({ definition, schema: modelSchema(definition) }));
}

async function readSchemas(): Promise<AvroRecord[]> {
  return await Promise.all(
    CONTRACT_TYPES.map(async (name) =>
      JSON.parse(await Deno.readTextFile(new URL(`${name}.avsc`, FOLDER)))
    ),
  );
}

async function schemaFaults(schemas: readonly AvroRecord[]): Promise<string[]> {
  const all: ReleasedSchemas = JSON.parse(await Deno.readTextFile(RELEASED));
  const envelope = schemas[0]?.fields.slice(0, ENVELOPE_FIELDS) ?? [];
  return schemas.flatMap((schema) => [
    ...styleFaults(schema, envelope),
    ...(all[schema.name] ?? []).flatMap((released) =>
      evolutionFaults(
        released.schema,
        { ...canonical(schema), fields: schema.fields },
        `${schema.name} (released ${released.fingerprint})`,
      )
    ),
  ]);
}

/** The Parsing Canonical Form, as an object. */
function canonical(schema: AvroRecord): AvroRecord {
  return JSON.parse(canonicalForm(schema));
}

/** Adds the current schemas to the released ones. */
async function release(): Promise<void> {
  const all: ReleasedSchemas = JSON.parse(await Deno.readTextFile(RELEASED));
  for (const schema of await readSchemas()) {
    const known = all[schema.name] ?? [];
    const fingerprint = fingerprintOf(schema);
    if (known.some((released) => released.fingerprint === fingerprint)) continue;
    all[schema.name] = [...known, { fingerprint, schema: canonical(schema) }];
  }
  await Deno.writeTextFile(RELEASED, `${JSON.stringify(all, null, 1)}\n`);
}

if (import.meta.main && Deno.args[0] === "release") await release();
