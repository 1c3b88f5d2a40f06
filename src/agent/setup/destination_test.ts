import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { CONTRACT_SCHEMAS } from "../../records/avro/writer_schema.ts";
import { FOREVER } from "../../testing/buffer/rows.ts";
import { findSchema } from "./destination.ts";

Deno.test("a schema that the buffer lacks or that is damaged is replaced by the program's own", async () => {
  const [own] = [...CONTRACT_SCHEMAS.values()];
  const added: string[] = [];
  const buffer = {
    schema: (fingerprint: string) =>
      Promise.resolve(fingerprint === "stored" ? "text" : undefined),
    addSchema: (fingerprint: string) => void added.push(fingerprint),
  };
  const find = (fingerprint: string) => findSchema(buffer, fingerprint, FOREVER);
  strictEqual(await find("stored"), "text");
  strictEqual(await find("0000000000000000"), undefined);
  deepStrictEqual(added, []);
  strictEqual(await find(own?.fingerprint ?? ""), own?.text);
  deepStrictEqual(added, [own?.fingerprint]);
});
