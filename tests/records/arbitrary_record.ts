/**
 * fast-check arbitraries for the types of the wire contracts, derived from the schemas.
 *
 * @module
 */

import fc from "fast-check";
import type { AvroType } from "../../src/records/avro/schema.ts";
import { isRecord, isUnion } from "../../scripts/generate/avro_rules.ts";

/** The latest generated time: Python's datetime has a smaller range than Avro's timestamp. */
const TIME_MAX_MS = Date.UTC(2200, 0, 1);

/** Arbitrary values of an Avro type, in their TypeScript representation. */
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
      // avsc rejects the largest safe integers.
      return fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    case "double":
      // The oracle receives JSON, which has no -0.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    default:
      throw new TypeError(`unsupported Avro type: ${type}`);
  }
}
