import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { canonicalForm, crc64Avro, hex } from "../src/records/avro/fingerprint.ts";
import { generateAvro } from "./generate_avro.ts";

const FOLDER = new URL("../models/avro/", import.meta.url);

Deno.test("the schemas keep their rules, and what is made from them is up to date", async () => {
  deepStrictEqual(await generateAvro("check"), []);
});

Deno.test("every released schema is noted under its own fingerprint", async () => {
  const text = await Deno.readTextFile(new URL("released.json", FOLDER));
  const book: Record<string, { fingerprint: string; schema: unknown }[]> = JSON.parse(
    text,
  );
  strictEqual(Object.keys(book).length, 6);
  for (const { fingerprint, schema } of Object.values(book).flat()) {
    strictEqual(hex(crc64Avro(canonicalForm(schema))), fingerprint);
  }
});
