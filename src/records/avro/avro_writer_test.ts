import { deepStrictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { AvroWriter } from "./avro_writer.ts";
import { compileSchema, createScratch } from "./avsc.ts";
import { SINGLE_OBJECT_HEADER_SIZE } from "./single_object.ts";

const SCHEMA = compileSchema(JSON.stringify({
  type: "record",
  name: "Values",
  fields: [
    { name: "long", type: "long" },
    { name: "double", type: ["null", "double"] },
    { name: "text", type: "string" },
    { name: "flag", type: "boolean" },
    { name: "list", type: ["null", { type: "array", items: "string" }] },
  ],
}));

Deno.test("the bytes of any value are those of avsc", () => {
  const scratch = createScratch();
  const out = new AvroWriter();
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    // Longer than the memory at first.
    fc.string({ minLength: 3_000, maxLength: 6_000 }),
  );
  const long = fc.oneof(
    fc.integer(),
    fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 30, 2 ** 30 - 1, -(2 ** 30), 2 ** 52),
  );
  const value = fc.record({
    long,
    double: fc.option(fc.double()),
    text,
    flag: fc.boolean(),
    list: fc.option(fc.array(text, { maxLength: 4 })),
  });
  fc.assert(fc.property(value, (values) => {
    out.begin(SINGLE_OBJECT_HEADER_SIZE);
    out.long(values.long);
    out.optionalDouble(values.double);
    out.string(values.text);
    out.boolean(values.flag);
    if (values.list === null) out.null();
    else {
      out.present();
      out.strings(values.list);
    }
    const header = SINGLE_OBJECT_HEADER_SIZE;
    deepStrictEqual(
      out.payload().subarray(header),
      SCHEMA.encode(values, scratch).subarray(header),
    );
  }));
});

Deno.test("a number that is no long is refused", () => {
  const out = new AvroWriter();
  for (const value of [0.5, NaN, Infinity, 2 ** 53]) {
    throws(() => out.long(value), RangeError);
  }
});
