/** Schema evolution: each released schema reads records of the current schema, and the current one reads theirs. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import avsc from "avsc";
import fc from "fast-check";
import { isRecord, isUnion } from "../../scripts/generate/avro_rules.ts";
import type { AvroRecord, AvroType } from "../../src/records/avro/schema.ts";
import { CONTRACT_TYPES } from "../../src/records/record.ts";
import { arbitraryOf } from "./arbitrary_record.ts";
import { runPython } from "../../src/testing/python.ts";

const FOLDER = new URL("../../models/avro/", import.meta.url);
const SEED = 20_261_125;
const RECORDS = 20;

type Value = Readonly<Record<string, unknown>>;

/** One version of a schema. */
interface Version {
  readonly schema: AvroRecord;
  readonly avro: avsc.Type;
}

/** A record written with one schema version and read with another. */
interface Case {
  readonly writer: Version;
  readonly reader: Version;
  readonly record: Value;
}

const cases = (await Promise.all(CONTRACT_TYPES.map(casesOf))).flat();
const bodies = cases.map(({ writer, record }) => writer.avro.toBuffer(record));

Deno.test("every record type has a released schema, and the inverter's has an older one", () => {
  const pairs = new Set(cases.map(({ writer }) => writer));
  ok(pairs.size >= CONTRACT_TYPES.length + 2, `only ${pairs.size} schemas wrote`);
});

Deno.test("avsc reads old records with new schemas, and new records with old schemas", () => {
  cases.forEach(({ writer, reader, record }, at) => {
    const resolver = reader.avro.createResolver(writer.avro);
    const read = reader.avro.fromBuffer(bodies[at] ?? Buffer.alloc(0), resolver);
    deepStrictEqual(
      JSON.parse(JSON.stringify(read)),
      asRead(reader.schema, writer.schema, record),
    );
  });
});

Deno.test("fastavro reads old records with new schemas, and new records with old schemas", async () => {
  const versions = [
    ...new Set(cases.flatMap(({ writer, reader }) => [writer, reader])),
  ];
  const read = await runPython("tests/records/evolution_oracle.py", {
    schemas: versions.map(({ schema }) => schema),
    cases: cases.map(({ writer, reader }, at) => ({
      writer: versions.indexOf(writer),
      reader: versions.indexOf(reader),
      body: bodies[at]?.toString("hex") ?? "",
    })),
  });
  deepStrictEqual(
    read,
    cases.map(({ reader, writer, record }) =>
      asRead(reader.schema, writer.schema, record)
    ),
  );
});

/** Cases in both directions between the current schema of a type and each released one. */
async function casesOf(type: string): Promise<Case[]> {
  const text = await Deno.readTextFile(new URL(`${type}.avsc`, FOLDER));
  const current = version(JSON.parse(text));
  const all: Readonly<Record<string, readonly { readonly schema: AvroRecord }[]>> = JSON
    .parse(await Deno.readTextFile(new URL("released.json", FOLDER)));
  const released = (all[type] ?? []).map(({ schema }) => version(schema));
  ok(released.length > 0, `released.json has no schema of ${type}`);
  return released.flatMap((old) => [
    ...valuesOf(old).map((record) => ({ writer: old, reader: current, record })),
    ...valuesOf(current).map((record) => ({ writer: current, reader: old, record })),
  ]);
}

function version(schema: AvroRecord): Version {
  // The project's own schemas, so their JSON is valid.
  return { schema, avro: avsc.Type.forSchema(schema as unknown as avsc.Schema) };
}

function valuesOf({ schema }: Version): Value[] {
  return fc.sample(arbitraryOf(schema), { numRuns: RECORDS, seed: SEED })
    // Released schemas have no logical types, and an arbitrary long is not a valid time.
    .map((value) => ({ ...value as Value, ["sampled_at"]: 1_700_000_000_000 }));
}

/** The record as the reader's schema returns it: unknown fields are dropped, missing ones are null. */
function asRead(reader: AvroType, writer: AvroType, value: unknown): unknown {
  if (value === null) return null;
  if (isUnion(reader)) {
    return asRead(
      reader[1] ?? "null",
      isUnion(writer) ? writer[1] ?? "null" : writer,
      value,
    );
  }
  if (isRecord(reader) && isRecord(writer)) {
    const record = value as Value;
    return Object.fromEntries(reader.fields.map(({ name, type }) => {
      const wrote = writer.fields.find((field) => field.name === name);
      return [
        name,
        wrote === undefined ? null : asRead(type, wrote.type, record[name]),
      ];
    }));
  }
  const items = typeof reader === "object" && "items" in reader
    ? reader.items
    : undefined;
  const wrote = typeof writer === "object" && "items" in writer
    ? writer.items
    : undefined;
  return items !== undefined && wrote !== undefined && Array.isArray(value)
    ? value.map((each) => asRead(items, wrote, each))
    : value;
}
