import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { AvroField, AvroRecord } from "../../src/records/avro/schema.ts";
import { evolutionFaults, styleFaults } from "./avro_rules.ts";

const FIELDS: readonly AvroField[] = [
  { name: "id", type: "string", doc: "x" },
  { name: "power_w", type: ["null", "double"], default: null, doc: "x" },
  {
    name: "strings",
    type: ["null", {
      type: "array",
      items: {
        type: "record",
        name: "Item",
        fields: [{ name: "id", type: "int", doc: "x" }],
      },
    }],
    default: null,
    doc: "x",
  },
];
const ADDED: AvroField = {
  name: "later",
  type: ["null", "string"],
  default: null,
  doc: "x",
};
const BEFORE = record(FIELDS);

Deno.test("evolutionFaults(): nullable fields may be added at the end, and nothing else may change", () => {
  deepStrictEqual(evolutionFaults(BEFORE, BEFORE, "R"), []);
  deepStrictEqual(evolutionFaults(BEFORE, record([...FIELDS, ADDED, ADDED]), "R"), []);
  const others: readonly AvroField[][] = [
    [ADDED, ...FIELDS],
    FIELDS.slice(1),
    FIELDS.slice(0, 2),
    [...FIELDS].reverse(),
    [...FIELDS, { name: "later", type: "string", doc: "x" }],
  ];
  for (const fields of others) {
    strictEqual(evolutionFaults(BEFORE, record(fields), "R").length > 0, true);
  }
});

Deno.test("evolutionFaults(): the type of a field must not change", () => {
  const types: AvroField["type"][] = ["string", "long", ["null", "double"], [
    "null",
    "long",
  ], { type: "array", items: "string" }];
  fc.assert(fc.property(
    fc.constantFrom(...types),
    fc.constantFrom(...types),
    (was, is) => {
      const faults = evolutionFaults(
        record([{ name: "f", type: was }]),
        record([{ name: "f", type: is }]),
        "R",
      );
      strictEqual(faults.length === 0, was === is);
    },
  ));
});

Deno.test("evolutionFaults() applies the same rule to nested records", () => {
  const inner = (fields: readonly AvroField[]): AvroRecord =>
    record([{
      name: "strings",
      type: { type: "array", items: { type: "record", name: "Item", fields } },
    }]);
  const id: AvroField = { name: "id", type: "int" };
  deepStrictEqual(evolutionFaults(inner([id]), inner([id, ADDED]), "R"), []);
  match(evolutionFaults(inner([id]), inner([]), "R")[0] ?? "", /R\.strings\[\]/);
});

Deno.test("styleFaults(): docs, nullable fields with default null and the same envelope are required", () => {
  const faults = (fields: readonly AvroField[]): number =>
    styleFaults(record(fields), FIELDS.slice(0, 1)).length;
  strictEqual(faults(FIELDS), 0);
  strictEqual(faults(FIELDS.slice(1)), 1);
  for (
    const wrong of [
      { name: "f", type: "string" },
      { name: "F", type: "string", doc: "x" },
      { name: "f", type: "float", doc: "x" },
      { name: "f", type: ["null", "string"], doc: "x" },
      { name: "f", type: ["string", "null"], default: null, doc: "x" },
      { name: "f", type: "string", default: null, doc: "x" },
      { name: "id", type: "string", doc: "x" },
    ]
  ) strictEqual(faults([...FIELDS, wrong]), 1, JSON.stringify(wrong));
});

function record(fields: readonly AvroField[]): AvroRecord {
  return {
    type: "record",
    name: "R",
    namespace: "sunspec.telemetry",
    doc: "x",
    fields,
  };
}
