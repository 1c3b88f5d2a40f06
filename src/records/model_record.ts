/**
 * A record of one SunSpec model with every point, as it was read: nothing is
 * held back, neither by the guard of counters nor by a choice between models.
 *
 * @module
 */

import type { DecodedModel, Points } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import { draftOf, type PollContext } from "./draft.ts";
import type { Column, Columns } from "./avro/model_columns.ts";
import { modelColumns } from "./avro/model_schema.ts";
import { bitsOf, codeOf, numberOf, textOf } from "./normalise/points.ts";
import { type Draft, modelRecordType } from "./record.ts";
import { bitNames, stateName } from "./normalise/symbols.ts";

/** A model with its definition. */
export interface DefinedModel {
  readonly model: DecodedModel;
  readonly definition: ModelDefinition;
}

/** Makes a draft of each model; of several with one id each has a number, `<id>.1`, `<id>.2`. */
export function modelDrafts(
  context: PollContext,
  models: readonly DefinedModel[],
): Draft[] {
  const counts = new Map<number, number>();
  for (const { model: { id } } of models) counts.set(id, (counts.get(id) ?? 0) + 1);
  const seen = new Map<number, number>();
  return models.map(({ model, definition }) => {
    const nth = (seen.get(model.id) ?? 0) + 1;
    seen.set(model.id, nth);
    const deviceId = counts.get(model.id) === 1
      ? context.deviceId
      : `${context.deviceId}.${nth}`;
    const draft = draftOf(context, modelRecordType(model.id), deviceId, {
      fields: fieldsOf(modelColumns(definition), model.points),
      flags: model.flags.map(({ path, reason }) => ({ field: path, reason })),
    });
    return { ...draft, definition };
  });
}

function fieldsOf(columns: Columns, points: Points): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const column of columns.points) put(fields, column, points);
  for (const { group, field, columns: inner } of columns.groups) {
    const instances = points[group.name];
    fields[field] = Array.isArray(instances)
      ? instances.map((one) => fieldsOf(inner, one))
      : [];
  }
  return fields;
}

function put(
  fields: Record<string, unknown>,
  { point: { name }, field, kind, codeField, symbols }: Column,
  points: Points,
): void {
  switch (kind) {
    case "number":
      fields[field] = numberOf(points, name);
      break;
    case "whole":
      fields[field] = wholeOf(points, name);
      break;
    case "text":
      fields[field] = textOf(points, name);
      break;
    case "bits":
      fields[field] = bitNames(symbols, bitsOf(points, name));
      break;
    case "enum": {
      const code = codeOf(points, name);
      fields[field] = stateName(symbols, code);
      fields[codeField] = code;
    }
  }
}

/** A whole number of up to 32 bits, which may be negative. */
function wholeOf(points: Points, name: string): number | null {
  const value = numberOf(points, name);
  return Number.isSafeInteger(value) ? value : null;
}
