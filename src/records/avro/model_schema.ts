/**
 * Generates the Avro schema of the records of one SunSpec model from the model's
 * definition, both for built-in models (`models/avro/sunspec`) and for models
 * that are loaded at run time.
 *
 * @module
 */

import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import {
  type AvroField,
  type AvroRecord,
  type AvroType,
  envelopeFields,
  NAMESPACE,
} from "./schema.ts";
import { type ColumnSet, columnsOf, type PointColumn } from "./model_columns.ts";
import { modelRecordType } from "../record.ts";

const ENVELOPE = envelopeFields();
const TAKEN = ENVELOPE.map(({ name }) => name);

/** The fields of a model's record besides the envelope. */
export function modelColumns({ group }: ModelDefinition): ColumnSet {
  return columnsOf(group, TAKEN);
}

/** Generates the schema of a model's records, envelope first. */
export function modelSchema(definition: ModelDefinition): AvroRecord {
  const name = modelRecordType(definition.id);
  return {
    type: "record",
    name,
    namespace: NAMESPACE,
    doc:
      `One poll of one SunSpec model ${definition.id} (${definition.name}), every point under its own name. Numbers are scaled; null means: not implemented, or a flag says why.`,
    fields: [...ENVELOPE, ...fieldsOf(name, modelColumns(definition))],
  };
}

function fieldsOf(record: string, { points, groups }: ColumnSet): AvroField[] {
  return [
    ...points.flatMap(pointFields),
    ...groups.map(({ group, field, columns }) => {
      const name = `${record}_${field}`;
      return {
        name: field,
        type: {
          type: "array" as const,
          items: {
            type: "record" as const,
            name,
            namespace: NAMESPACE,
            fields: fieldsOf(name, columns),
          },
        },
        ...renamed(group.name, field),
      };
    }),
  ];
}

/** The fields of a point: one, or for an enum one for the symbol and one for the number. */
function pointFields({ point, field, kind, codeField }: PointColumn): AvroField[] {
  const about = {
    ...(point.units === undefined ? {} : { unit: point.units }),
    ["sunspec_type"]: point.type,
    ...renamed(point.name, field),
  };
  const one = option(field, TYPES[kind]);
  return kind === "enum"
    ? [{ ...one, ...about }, option(codeField, "long")]
    : [{ ...one, ...about }];
}

const TYPES: Readonly<Record<PointColumn["kind"], AvroType>> = {
  number: "double",
  whole: "long",
  text: "string",
  enum: "string",
  bits: { type: "array", items: "string" },
};

function option(name: string, type: AvroType): AvroField {
  return { name, type: ["null", type], default: null };
}

function renamed(name: string, field: string): Pick<AvroField, "sunspec_name"> {
  return name === field ? {} : { ["sunspec_name"]: name };
}
