import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { canonicalForm, crc64Avro, hex, unhex } from "./fingerprint.ts";

Deno.test("unhex() undoes hex()", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
    strictEqual(hex(unhex(hex(bytes))), hex(bytes));
  }));
});

Deno.test("the canonical form of a canonical form is itself", () => {
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

Deno.test('crc64Avro() gives the specification\'s value for "null", bytes as in a payload', () => {
  strictEqual(hex(crc64Avro('"null"')), "8a8f25cce724dd63");
});

Deno.test("what is no schema is a TypeError", () => {
  for (const schema of [null, 7, {}, { type: "record", name: "R" }]) {
    throws(() => canonicalForm(schema), TypeError);
  }
});
