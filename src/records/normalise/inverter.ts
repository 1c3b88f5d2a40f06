/**
 * Inverters: SunSpec models 101-103 (integers), 111-113 (floats) and 701 (DER AC
 * measurement), with their inputs, ratings, settings and status.
 *
 * @module
 */

import type { NormalizedInverterDataFields } from "../../../models/avro/index.ts";
import { createBlank } from "../../base/record_template.ts";
import { isModel } from "../../sunspec/decode/decode.ts";
import {
  DER_MEASUREMENTS,
  DER_SOURCES,
  derFields,
  derFlags,
  type DerModel,
  derRecord,
} from "./inverter_der.ts";
import {
  type InverterParts,
  PLAIN_MEASUREMENTS,
  PLAIN_SOURCES,
  type PlainModel,
  plainRecord,
} from "./inverter_plain.ts";
import {
  extendedStatusFields,
  nameplateFields,
  RATING_SOURCES,
  type RatingModel,
  settingsFields,
} from "./inverter_ratings.ts";
import {
  type InputModel,
  inverterStrings,
  PORT_TOTALS,
  type PortModel,
  STRING_SOURCES,
} from "./inverter_strings.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  fieldsOf,
  type Sources,
} from "./point_fields.ts";
import { measurementsOf, numberOf } from "./points.ts";

/** A model that speaks of an inverter as a whole. */
export type InverterModel = PlainModel | DerModel;

/** Which field takes which point. */
export const INVERTER_SOURCES: readonly Sources[] = [
  PLAIN_SOURCES,
  DER_SOURCES,
  ...STRING_SOURCES,
  ...RATING_SOURCES,
];

/** The models of one inverter. */
export interface Inverter {
  /** Those that speak of it as a whole, the one to be believed first; at least one. */
  readonly models: readonly InverterModel[];
  readonly inputs: readonly (InputModel | PortModel)[];
  readonly ratings: readonly RatingModel[];
}

/** True if the model gives not one measurement. */
export function isEmptyInverter(model: InverterModel): boolean {
  return isModel(model, 701)
    ? DER_MEASUREMENTS.every(([, point]) => numberOf(model.points, point) === null)
    : PLAIN_MEASUREMENTS.every(([, point]) => numberOf(model.points, point) === null);
}

/**
 * The fields of an inverter's record, and the flags on them.
 *
 * @param model the one of its models that is believed; 701 beside it adds what
 * only 701 says, and nothing is counted twice.
 */
export function inverterRecord(
  model: InverterModel,
  { models, inputs, ratings }: Inverter,
): { readonly fields: NormalizedInverterDataFields; readonly flags: FieldFlag[] } {
  const { strings, flags: stringFlags } = inverterStrings(inputs);
  const der = models.find((one) => isModel(one, 701));
  const parts: InverterParts = {
    ...strings,
    ...NO_TOTALS,
    der: der === undefined ? null : derFields(der.points),
    ...ratingFields(ratings),
  };
  const fields = isModel(model, 701)
    ? derRecord(model, parts)
    : plainRecord(model, parts);
  const ports = inputs.find((one) => isModel(one, 714));
  return {
    fields: ports === undefined ? fields : withTotals(fields, ports),
    flags: [
      ...fieldFlags(
        model,
        (path) => fieldAt(fieldsOf(model.id, INVERTER_SOURCES), path),
      ),
      ...der === undefined || der === model ? [] : derFlags(der),
      // A total that the inverter's own model gives is not what a port model's flag is about.
      ...stringFlags.filter(({ field }) => !isTotal(field) || fields[field] === null),
      ...ratings.flatMap((one) =>
        fieldFlags(one, (path) => fieldAt(fieldsOf(one.id, RATING_SOURCES), path))
      ),
    ],
  };
}

const NO_TOTALS = createBlank(["dc_injected_energy_wh", "dc_absorbed_energy_wh"]);

/** The totals of all DC ports, where the inverter's own model leaves room for them. */
function withTotals(
  fields: NormalizedInverterDataFields,
  { points }: PortModel,
): NormalizedInverterDataFields {
  const totals = measurementsOf(points, PORT_TOTALS);
  return {
    ...fields,
    ...totals,
    dc_current_a: fields.dc_current_a ?? totals.dc_current_a,
    dc_power_w: fields.dc_power_w ?? totals.dc_power_w,
  };
}

function isTotal(field: string): field is typeof PORT_TOTALS[number][0] {
  return PORT_TOTALS.some(([total]) => total === field);
}

function ratingFields(
  ratings: readonly RatingModel[],
): Pick<InverterParts, "nameplate" | "settings" | "extended_status"> {
  const nameplate = ratings.find((one) => isModel(one, 120));
  const settings = ratings.find((one) => isModel(one, 121));
  const status = ratings.find((one) => isModel(one, 122));
  return {
    nameplate: nameplate === undefined ? null : nameplateFields(nameplate.points),
    settings: settings === undefined ? null : settingsFields(settings.points),
    extended_status: status === undefined ? null : extendedStatusFields(status.points),
  };
}
