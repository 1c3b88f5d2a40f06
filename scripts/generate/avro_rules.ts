/**
 * The rules for the wire contracts. Style: every record begins with the same
 * envelope, nullable fields are ["null", T] with default null, there are no
 * enums, and every field has a doc. Evolution: a released schema changes only by
 * nullable fields added at the end of a record.
 *
 * @module
 */

import { canonicalForm, crc64Avro } from "../../src/records/avro/fingerprint.ts";
import {
  type AvroField,
  type AvroRecord,
  type AvroType,
  NAMESPACE,
} from "../../src/records/avro/schema.ts";

const PRIMITIVES = new Set(["string", "boolean", "int", "long", "double"]);

/**
 * Checks a schema against the style rules.
 *
 * @param envelope the fields that the schema must begin with.
 * @returns one text per fault.
 */
export function styleFaults(
  schema: AvroRecord,
  envelope: readonly AvroField[],
): string[] {
  const faults: string[] = [];
  if (schema.namespace !== NAMESPACE) {
    faults.push(
      `${schema.name}: the namespace is ${schema.namespace}, expected ${NAMESPACE}`,
    );
  }
  envelope.forEach((field, index) => {
    if (JSON.stringify(schema.fields[index]) !== JSON.stringify(field)) {
      faults.push(
        `${schema.name}: field ${index} differs from envelope field ${field.name}`,
      );
    }
  });
  visit(schema.name, schema, faults);
  return faults;
}

function visit(path: string, type: AvroType, faults: string[]): void {
  if (typeof type === "string") {
    if (!PRIMITIVES.has(type)) {
      faults.push(
        `${path}: unexpected type ${type}, expected one of ${
          [...PRIMITIVES].join(", ")
        }`,
      );
    }
  } else if (isUnion(type)) {
    const [none, some, ...more] = type;
    if (none !== "null" || some === undefined || more.length > 0) {
      faults.push(`${path}: unexpected union, expected ["null", T]`);
    } else visit(path, some, faults);
  } else if (type.type === "array") visit(`${path}[]`, type.items, faults);
  else if (type.type === "record") {
    const names = new Set<string>();
    for (const field of type.fields) {
      const at = `${path}.${field.name}`;
      if (names.has(field.name)) faults.push(`${at}: duplicate field`);
      names.add(field.name);
      if (!/^[a-z][a-z0-9_]*$/.test(field.name)) {
        faults.push(`${at}: the name is not snake_case`);
      }
      if (!field.doc) faults.push(`${at}: the doc is missing`);
      if (isUnion(field.type) !== ("default" in field && field.default === null)) {
        faults.push(
          `${at}: a field must have default null if, and only if, it is nullable`,
        );
      }
      visit(at, field.type, faults);
    }
  } else if (type.type !== "long") {
    faults.push(`${path}: unexpected type ${JSON.stringify(type)}`);
  }
}

/**
 * Checks a schema against a released version: nullable fields may be added at
 * the end of a record, and nothing else may change.
 *
 * @returns one text per fault.
 */
export function evolutionFaults(
  released: AvroType,
  current: AvroType,
  path: string,
): string[] {
  if (isUnion(released) && isUnion(current) && released.length === current.length) {
    return released.flatMap((branch, index) =>
      evolutionFaults(branch, current[index] ?? "", path)
    );
  }
  if (isRecord(released) && isRecord(current)) {
    const faults = fullName(released) === fullName(current)
      ? []
      : [`${path}: was ${fullName(released)}`];
    released.fields.forEach((field, index) => {
      const now = current.fields[index];
      if (now?.name !== field.name) {
        faults.push(
          `${path}: field ${index} was ${field.name}, is ${now?.name ?? "missing"}`,
        );
      } else {
        faults.push(...evolutionFaults(field.type, now.type, `${path}.${field.name}`));
      }
    });
    for (const added of current.fields.slice(released.fields.length)) {
      if (!isUnion(added.type) || added.default !== null) {
        faults.push(
          `${path}.${added.name}: an added field must be nullable with default null`,
        );
      }
    }
    return faults;
  }
  const was = comparable(released);
  const is = comparable(current);
  if (typeof was === "object" && typeof is === "object") {
    return evolutionFaults(was.items, is.items, `${path}[]`);
  }
  return was === is
    ? []
    : [`${path}: was ${JSON.stringify(released)}, is ${JSON.stringify(current)}`];
}

/** Whether a type is a union. */
export function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

/** Whether a type is a record. */
export function isRecord(type: AvroType): type is AvroRecord {
  return typeof type === "object" && !isUnion(type) && type.type === "record";
}

/** An array unchanged; any other type as a text to compare. */
function comparable(type: AvroType): string | { readonly items: AvroType } {
  if (typeof type === "string") return type;
  if (isUnion(type) || type.type === "record") return JSON.stringify(type);
  return type.type === "array" ? type : type.type;
}

function fullName(record: AvroRecord): string {
  return record.namespace === undefined
    ? record.name
    : `${record.namespace}.${record.name}`;
}

/** The type inside unions and arrays. */
export function innermostType(type: AvroType): AvroType {
  if (isUnion(type)) return innermostType(type[1] ?? "null");
  if (typeof type === "object" && type.type === "array") {
    return innermostType(type.items);
  }
  return type;
}

/** The fingerprint of a schema, 16 hex digits. */
export function fingerprintOf(schema: AvroRecord): string {
  return crc64Avro(canonicalForm(schema)).toHex();
}
