import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { canonicalForm, crc64Avro } from "../../src/records/avro/fingerprint.ts";
import { generateAvro } from "./avro.ts";

const FOLDER = new URL("../../models/avro/", import.meta.url);

Deno.test("generateAvro(): the schemas conform to the rules, and the generated files are up to date", async () => {
  deepStrictEqual(await generateAvro("check"), []);
});

Deno.test("released.json: every schema has its own fingerprint", async () => {
  const text = await Deno.readTextFile(new URL("released.json", FOLDER));
  const released: Record<string, { fingerprint: string; schema: unknown }[]> = JSON
    .parse(text);
  strictEqual(Object.keys(released).length, 6);
  for (const { fingerprint, schema } of Object.values(released).flat()) {
    strictEqual(crc64Avro(canonicalForm(schema)).toHex(), fingerprint);
  }
});
