/**
 * Computes the fingerprint of an Avro schema: CRC-64-AVRO of its Parsing Canonical Form
 * (Avro 1.11 specification, "Parsing Canonical Form for Schemas" and "Schema
 * Fingerprints").
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";

/** The CRC of empty input, and the polynomial (EMPTY64 in the specification). */
const EMPTY64 = 0xc15d213aa4d7a795n;

const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, index) => {
  let crc = BigInt(index);
  for (let bit = 0; bit < 8; bit++) {
    crc = (crc >> 1n) ^ ((crc & 1n) === 1n ? EMPTY64 : 0n);
  }
  return crc;
});

const PRIMITIVES: ReadonlySet<string> = new Set([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);

/**
 * Computes the CRC-64-AVRO of a text.
 *
 * @returns 8 bytes, little-endian as in single-object encoding.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { crc64Avro } from "./fingerprint.ts";
 *
 * strictEqual(crc64Avro('"null"').toHex(), "8a8f25cce724dd63");
 * ```
 */
export function crc64Avro(text: string): Uint8Array {
  let crc = EMPTY64;
  for (const byte of new TextEncoder().encode(text)) {
    crc = (crc >> 8n) ^ (TABLE[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, crc, true);
  return bytes;
}

/**
 * Converts a schema, given as parsed JSON, to its Parsing Canonical Form: full
 * names, no docs, defaults or logical types, attributes in the specification's
 * order.
 *
 * @throws TypeError if it is not an Avro schema.
 */
export function canonicalForm(schema: unknown, namespace = ""): string {
  if (typeof schema === "string") {
    return JSON.stringify(
      PRIMITIVES.has(schema) ? schema : fullName(schema, namespace),
    );
  }
  if (Array.isArray(schema)) {
    return `[${schema.map((branch) => canonicalForm(branch, namespace)).join(",")}]`;
  }
  if (!isObject(schema) || !("type" in schema)) {
    throw new TypeError(`not an Avro schema: ${JSON.stringify(schema)}`);
  }
  const { type } = schema;
  if (type === "array" || type === "map") {
    const key = type === "array" ? "items" : "values";
    const inner = canonicalForm(member(schema, key), namespace);
    return `{"type":"${type}","${key}":${inner}}`;
  }
  if (type === "record" || type === "enum" || type === "fixed") {
    return canonicalNamed(type, schema, namespace);
  }
  return canonicalForm(type, namespace);
}

/**
 * The fingerprint of a schema's text, 16 hex digits; undefined if it is not an Avro
 * schema.
 */
export function textFingerprint(text: string): string | undefined {
  try {
    return crc64Avro(canonicalForm(JSON.parse(text))).toHex();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function canonicalNamed(
  type: "record" | "enum" | "fixed",
  schema: object,
  namespace: string,
): string {
  const own = member(schema, "namespace");
  const name = fullName(
    String(member(schema, "name")),
    typeof own === "string" ? own : namespace,
  );
  const head = `{"name":${JSON.stringify(name)},"type":"${type}"`;
  if (type === "enum") {
    return `${head},"symbols":${JSON.stringify(member(schema, "symbols"))}}`;
  }
  if (type === "fixed") return `${head},"size":${Number(member(schema, "size"))}}`;
  const fields = member(schema, "fields");
  if (!Array.isArray(fields)) throw new TypeError(`record ${name} has no fields`);
  const inside = name.slice(0, Math.max(name.lastIndexOf("."), 0));
  const written = fields.map((field: object) =>
    `{"name":${JSON.stringify(member(field, "name"))},"type":${
      canonicalForm(member(field, "type"), inside)
    }}`
  );
  return `${head},"fields":[${written.join(",")}]}`;
}

function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

function member(object: object, key: string): unknown {
  return Object.entries(object).find(([name]) => name === key)?.[1];
}
