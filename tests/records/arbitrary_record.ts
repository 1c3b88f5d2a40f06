/**
 * Random values of the wire contracts' types, from the schemas themselves.
 *
 * @module
 */

import fc from "fast-check";
import type { AvroType } from "../../src/records/avro/schema.ts";
import { isRecord, isUnion } from "../../scripts/avro_rules.ts";

/** The latest time that is generated: Python's clock ends before Avro's. */
const TIME_MAX_MS = Date.UTC(2200, 0, 1);

/** Values of a type, as TypeScript has them. */
export function arbitraryOf(type: AvroType): fc.Arbitrary<unknown> {
  if (isUnion(type)) return fc.option(arbitraryOf(type[1] ?? "null"), { freq: 3 });
  if (isRecord(type)) {
    return fc.record(
      Object.fromEntries(
        type.fields.map((field) => [field.name, arbitraryOf(field.type)]),
      ),
      { noNullPrototype: true },
    );
  }
  if (typeof type === "object") {
    return type.type === "array"
      ? fc.array(arbitraryOf(type.items), { maxLength: 4 })
      : fc.integer({ min: 0, max: TIME_MAX_MS });
  }
  switch (type) {
    case "string":
      return fc.string({ unit: "grapheme", maxLength: 20 });
    case "boolean":
      return fc.boolean();
    case "int":
      return fc.integer();
    case "long":
      // avsc refuses the outermost safe integers.
      return fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    case "double":
      // JSON, by which the oracle is asked, has no -0.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    default:
      throw new TypeError(`the contracts have no ${type}`);
  }
}
