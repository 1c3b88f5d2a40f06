import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../models/index.ts";
import { isRecord, isUnion } from "../../scripts/generate/avro_rules.ts";
import type { AvroField, AvroRecord, AvroType } from "../../src/records/avro/schema.ts";
import { createCodec } from "../../src/records/avro/codec.ts";
import {
  CONTRACT_SCHEMAS,
  modelWriterSchema,
} from "../../src/records/avro/writer_schema.ts";
import {
  modelRecordType,
  type RecordSource,
  type RecordType,
  type StreamPosition,
} from "../../src/records/record.ts";
import { arbitraryOf } from "./arbitrary_record.ts";
import { runPython } from "../../src/testing/python.ts";

const ROOT = new URL("../../", import.meta.url);
const RECORDS_PER_TYPE = 60;
const SEED = 20_261_123;

interface Case {
  readonly type: RecordType;
  readonly record: Readonly<Record<string, unknown>>;
  readonly payload: string;
}

interface Answer {
  readonly fingerprints: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly decoded: unknown;
    readonly encoded: string;
    readonly evolved: unknown;
    readonly shrunk: unknown;
  }[];
}

const codec = createCodec();
const schemas = new Map<RecordType, AvroRecord>(
  await Promise.all([...CONTRACT_SCHEMAS.keys()].map(async (name) => {
    const text = await Deno.readTextFile(new URL(`models/avro/${name}.avsc`, ROOT));
    return [name, JSON.parse(text)] as const;
  })),
);
const cases = [...schemas].flatMap(([type, schema]) => makeCases(type, schema));
const answer = await runOracle(cases);

Deno.test("fastavro decodes the codec's payloads, field by field", () => {
  strictEqual(cases.length, schemas.size * RECORDS_PER_TYPE);
  cases.forEach(({ record }, index) => {
    deepStrictEqual(answer.cases[index]?.decoded, record);
  });
});

Deno.test("the codec decodes fastavro's payloads, and encodes the same bytes", () => {
  cases.forEach(({ payload, record }, index) => {
    const encoded = answer.cases[index]?.encoded ?? "";
    strictEqual(encoded, payload.slice(20));
    const decoded = codec.decode(Uint8Array.fromHex(payload.slice(0, 20) + encoded));
    ok(decoded.ok);
    deepStrictEqual(JSON.parse(JSON.stringify(decoded.value.record)), record);
  });
});

Deno.test("fastavro computes the same fingerprints from the .avsc files", () => {
  deepStrictEqual(
    answer.fingerprints,
    Object.fromEntries(
      [...CONTRACT_SCHEMAS].map(([name, { fingerprint }]) => [name, fingerprint]),
    ),
  );
});

Deno.test("fastavro accepts the schema of every SunSpec model, with the same fingerprint", async () => {
  const definitions = await Promise.all(MODEL_IDS.map(loadDefinition));
  const written = definitions.filter((one) => one !== undefined).map((definition) =>
    [modelRecordType(definition.id), modelWriterSchema(definition)] as const
  );
  const { fingerprints } = await runPython("tests/records/fastavro_oracle.py", {
    schemas: Object.fromEntries(
      written.map(([type, { text }]) => [type, JSON.parse(text)]),
    ),
    readers: {},
    cases: [],
  }) as Answer;
  deepStrictEqual(
    fingerprints,
    Object.fromEntries(written.map(([type, { fingerprint }]) => [type, fingerprint])),
  );
  strictEqual(written.length, 112);
});

Deno.test("fastavro reads old records with added nullable fields, and new records with old schemas", () => {
  cases.forEach(({ type, record }, index) => {
    const schema = schemas.get(type);
    ok(schema);
    deepStrictEqual(answer.cases[index]?.evolved, withNulls(schema, record));
    deepStrictEqual(answer.cases[index]?.shrunk, record);
  });
});

function makeCases(type: RecordType, schema: AvroRecord): Case[] {
  return fc.sample(arbitraryOf(schema), { numRuns: RECORDS_PER_TYPE, seed: SEED })
    .map((value) => {
      const record = value as Readonly<Record<string, unknown>>;
      const payload = codec.encode(
        // An arbitrary record already contains its envelope.
        { type, source: {} as RecordSource, fields: record },
        {} as StreamPosition,
      );
      return { type, record, payload: payload.toHex() };
    });
}

async function runOracle(cases: readonly Case[]): Promise<Answer> {
  const readers = [...schemas].map(([name, schema]) => [name, grow(schema)]);
  return await runPython("tests/records/fastavro_oracle.py", {
    schemas: Object.fromEntries(schemas),
    readers: Object.fromEntries(readers),
    cases,
  }) as Answer;
}

/** The schema as a later version could be: each record has one more nullable field. */
function grow<T extends AvroType>(type: T): T;
function grow(type: AvroType): AvroType {
  if (typeof type === "string") return type;
  if (isUnion(type)) return type.map((branch) => grow(branch));
  if (type.type === "array") return { ...type, items: grow(type.items) };
  if (!isRecord(type)) return type;
  const added: AvroField = { name: "added_w", type: ["null", "double"], default: null };
  return {
    ...type,
    fields: [
      ...type.fields.map((field) => ({ ...field, type: grow(field.type) })),
      added,
    ],
  };
}

/** A value as the extended schema reads it. */
function withNulls(type: AvroType, value: unknown): unknown {
  if (value === null || typeof type === "string") return value;
  if (isUnion(type)) return withNulls(type[1] ?? "null", value);
  if (isRecord(type)) {
    const record = value as Readonly<Record<string, unknown>>;
    const fields = type.fields.map((
      { name, type },
    ) => [name, withNulls(type, record[name])]);
    return { ...Object.fromEntries(fields), ["added_w"]: null };
  }
  return Array.isArray(value) && type.type === "array"
    ? value.map((item) => withNulls(type.items, item))
    : value;
}
