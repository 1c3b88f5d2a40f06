import { strictEqual, throws } from "node:assert/strict";
import { canonicalForm, crc64Avro } from "./fingerprint.ts";

Deno.test("canonicalForm() drops docs and defaults, and leaves a canonical form unchanged", () => {
  const schema = {
    type: "record",
    name: "Reading",
    namespace: "a.b",
    doc: "gone",
    fields: [
      {
        name: "at",
        type: ["null", { type: "long", logicalType: "timestamp-millis" }],
        default: null,
      },
      {
        name: "list",
        type: {
          type: "array",
          items: { type: "record", name: "Item", fields: [] },
        },
      },
      { name: "last", type: "Item" },
    ],
  };
  const form = canonicalForm(schema);
  strictEqual(
    form,
    '{"name":"a.b.Reading","type":"record","fields":[' +
      '{"name":"at","type":["null","long"]},' +
      '{"name":"list","type":{"type":"array","items":{"name":"a.b.Item","type":"record","fields":[]}}},' +
      '{"name":"last","type":"a.b.Item"}]}',
  );
  strictEqual(canonicalForm(JSON.parse(form)), form);
});

Deno.test('crc64Avro() matches the specification\'s value for "null", in the byte order of a payload', () => {
  strictEqual(crc64Avro('"null"').toHex(), "8a8f25cce724dd63");
});

Deno.test("canonicalForm() throws a TypeError on input that is not a schema", () => {
  for (const schema of [null, 7, {}, { type: "record", name: "R" }]) {
    throws(() => canonicalForm(schema), TypeError);
  }
});
