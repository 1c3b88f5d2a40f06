/**
 * Records with every point of one SunSpec model as it was read. Neither the
 * plausibility filter nor the selection between model variants applies.
 *
 * @module
 */

import type { DecodedModel, Points } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import { draftOf, type PollContext } from "./draft.ts";
import type { ColumnSet, PointColumn } from "./avro/model_columns.ts";
import { modelColumns } from "./avro/model_schema.ts";
import { modelPath } from "./normalise/point_fields.ts";
import { bitfieldOf, codeOf, numberOf, textOf } from "./normalise/points.ts";
import { type Draft, modelRecordType } from "./record.ts";
import { bitSymbols, stateSymbol } from "./normalise/symbols.ts";

/** A model with its definition. */
export interface DefinedModel {
  readonly model: DecodedModel;
  readonly definition: ModelDefinition;
}

/** Creates a draft of each model. Models with equal ids get numbered device ids: `<id>.1`, `<id>.2`. */
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
      flags: model.flags.map(({ path, reason }) => ({
        field: path === "" ? modelPath(model.id, path) : path,
        reason,
      })),
    });
    return { ...draft, definition };
  });
}

function fieldsOf(columns: ColumnSet, points: Points): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const column of columns.points) setField(fields, column, points);
  for (const { group, field, columns: inner } of columns.groups) {
    const instances = points[group.name];
    fields[field] = Array.isArray(instances)
      ? instances.map((one) => fieldsOf(inner, one))
      : [];
  }
  return fields;
}

function setField(
  fields: Record<string, unknown>,
  { point: { name }, field, kind, codeField, symbols }: PointColumn,
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
      fields[field] = bitSymbols(symbols, bitfieldOf(points, name));
      break;
    case "enum": {
      const code = codeOf(points, name);
      fields[field] = stateSymbol(symbols, code);
      fields[codeField] = code;
    }
  }
}

/** An integer of up to 32 bits, possibly negative. */
function wholeOf(points: Points, name: string): number | null {
  const value = numberOf(points, name);
  return Number.isSafeInteger(value) ? value : null;
}
