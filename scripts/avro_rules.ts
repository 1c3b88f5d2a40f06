/**
 * The rules that the wire contracts keep: the same envelope first in every
 * record, options as ["null", T] with default null, no enums, a doc at every
 * field; and a released schema changes only by nullable fields added at the end
 * of a record.
 *
 * @module
 */

import type { AvroField, AvroRecord, AvroType } from "../src/records/avro/schema.ts";

const PRIMITIVES = new Set(["string", "boolean", "int", "long", "double"]);

/** What `schema` breaks of the style, in words. `envelope` = the fields that it must begin with. */
export function styleFaults(
  schema: AvroRecord,
  envelope: readonly AvroField[],
): string[] {
  const faults: string[] = [];
  if (schema.namespace !== "sunspec.telemetry") {
    faults.push(`${schema.name}: the namespace must be sunspec.telemetry`);
  }
  envelope.forEach((field, index) => {
    if (JSON.stringify(schema.fields[index]) !== JSON.stringify(field)) {
      faults.push(`${schema.name}: field ${index} must be ${field.name}, as elsewhere`);
    }
  });
  visit(schema.name, schema, faults);
  return faults;
}

function visit(path: string, type: AvroType, faults: string[]): void {
  if (typeof type === "string") {
    if (!PRIMITIVES.has(type)) faults.push(`${path}: type ${type} is not used here`);
  } else if (isUnion(type)) {
    const [none, some, ...more] = type;
    if (none !== "null" || some === undefined || more.length > 0) {
      faults.push(`${path}: an option must be ["null", T]`);
    } else visit(path, some, faults);
  } else if (type.type === "array") visit(`${path}[]`, type.items, faults);
  else if (type.type === "record") {
    const names = new Set<string>();
    for (const field of type.fields) {
      const at = `${path}.${field.name}`;
      if (names.has(field.name)) faults.push(`${at}: twice`);
      names.add(field.name);
      if (!/^[a-z][a-z0-9_]*$/.test(field.name)) faults.push(`${at}: not snake_case`);
      if (!field.doc) faults.push(`${at}: no doc`);
      if (isUnion(field.type) !== ("default" in field && field.default === null)) {
        faults.push(`${at}: default null belongs to options, and only to them`);
      }
      visit(at, field.type, faults);
    }
  } else if (type.type !== "long") faults.push(`${path}: a type that is not used here`);
}

/**
 * What `current` breaks of what was released, in words: fields may be added at
 * the end of a record if they are options; nothing else may change.
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
          `${path}: field ${index} was ${field.name}, is ${now?.name ?? "gone"}`,
        );
      } else {
        faults.push(...evolutionFaults(field.type, now.type, `${path}.${field.name}`));
      }
    });
    for (const added of current.fields.slice(released.fields.length)) {
      if (!isUnion(added.type) || added.default !== null) {
        faults.push(`${path}.${added.name}: an added field must be an option`);
      }
    }
    return faults;
  }
  const was = unwrap(released);
  const is = unwrap(current);
  if (typeof was === "object" && typeof is === "object") {
    return evolutionFaults(was.items, is.items, `${path}[]`);
  }
  return was === is
    ? []
    : [`${path}: was ${JSON.stringify(released)}, is ${JSON.stringify(current)}`];
}

/** True for a union. */
export function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

/** True for a record. */
export function isRecord(type: AvroType): type is AvroRecord {
  return typeof type === "object" && !isUnion(type) && type.type === "record";
}

/** An array as it is; anything else as the text that must not change. */
function unwrap(type: AvroType): string | { readonly items: AvroType } {
  if (typeof type === "string") return type;
  if (isUnion(type) || type.type === "record") return JSON.stringify(type);
  return type.type === "array" ? type : type.type;
}

function fullName(record: AvroRecord): string {
  return record.namespace === undefined
    ? record.name
    : `${record.namespace}.${record.name}`;
}
