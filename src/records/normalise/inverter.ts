/**
 * Inverters: SunSpec models 101-103 (integers), 111-113 (floats) and 701 (DER AC
 * measurement), with their inputs, ratings, settings and status.
 *
 * @module
 */

import type { NormalizedInverterDataFields } from "../../../models/avro/index.ts";
import { createRecordTemplate } from "../../base/record_template.ts";
import { isModel } from "../../sunspec/decode/decode.ts";
import {
  DER_MAPPING,
  DER_MEASUREMENTS,
  derFields,
  derFlags,
  type DerModel,
  derRecord,
  PLAIN_ONLY,
} from "./inverter_der.ts";
import {
  type InverterParts,
  isPlainInverter,
  PLAIN_MAPPING,
  PLAIN_MEASUREMENTS,
  type PlainInverterModel,
  plainRecord,
} from "./inverter_plain.ts";
import {
  extendedStatusFields,
  nameplateFields,
  RATING_MAPPINGS,
  type RatingModel,
  settingsFields,
} from "./inverter_ratings.ts";
import {
  INPUT_MAPPINGS,
  inverterInputs,
  type MpptModel,
  PORT_TOTALS,
  type PortModel,
} from "./inverter_inputs.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  type FieldMapping,
  fieldsOf,
} from "./point_fields.ts";
import { measurementsOf, numberOf } from "./points.ts";

/** A model of a whole inverter. */
export type InverterModel = PlainInverterModel | DerModel;

/** The field mappings of an inverter's record. */
export const INVERTER_MAPPINGS: readonly FieldMapping[] = [
  PLAIN_MAPPING,
  DER_MAPPING,
  ...INPUT_MAPPINGS,
  ...RATING_MAPPINGS,
];

/** The models of one inverter. */
export interface InverterModels {
  /** The models of the whole inverter, in order of preference; at least one. */
  readonly models: readonly InverterModel[];
  readonly inputs: readonly (MpptModel | PortModel)[];
  readonly ratings: readonly RatingModel[];
}

/** Whether a model has no measurement. */
export function isEmptyInverter(model: InverterModel): boolean {
  return isModel(model, 701)
    ? DER_MEASUREMENTS.every(([, point]) => numberOf(model.points, point) === null)
    : PLAIN_MEASUREMENTS.every(([, point]) => numberOf(model.points, point) === null);
}

/**
 * The fields of an inverter's record, and the flags on them.
 *
 * @param model the selected one of the inverter's models. An additional 701
 * contributes only the values that the selected model does not have.
 */
export function inverterRecord(
  model: InverterModel,
  { models, inputs, ratings }: InverterModels,
): { readonly fields: NormalizedInverterDataFields; readonly flags: FieldFlag[] } {
  const { strings, flags: stringFlags } = inverterInputs(inputs);
  const der = models.find((one) => isModel(one, 701));
  const parts: InverterParts = {
    ...strings,
    ...NO_TOTALS,
    der: der === undefined ? null : derFields(der.points),
    ...ratingFields(ratings),
  };
  const replaced = isModel(model, 701) ? models.find(isPlainInverter) : undefined;
  const fields = !isModel(model, 701)
    ? plainRecord(model, parts)
    : replaced === undefined
    ? derRecord(model, parts)
    : withPlainFields(derRecord(model, parts), plainRecord(replaced, parts));
  const ports = inputs.find((one) => isModel(one, 714));
  return {
    fields: ports === undefined ? fields : withTotals(fields, ports),
    flags: [
      ...fieldFlags(
        model,
        (path) => fieldAt(fieldsOf(model.id, INVERTER_MAPPINGS), path),
      ),
      ...der === undefined || der === model ? [] : derFlags(der),
      ...replaced === undefined ? [] : replacedFlags(replaced),
      // A flag on a total of the port model does not apply if the total comes from the inverter's model.
      ...stringFlags.filter(({ field }) => !isTotal(field) || fields[field] === null),
      ...ratings.flatMap((one) =>
        fieldFlags(one, (path) => fieldAt(fieldsOf(one.id, RATING_MAPPINGS), path))
      ),
    ],
  };
}

/** Adds what only 101-113 state to the record of a 701 that feeds it because they have no measurement. */
function withPlainFields(
  fields: NormalizedInverterDataFields,
  plain: NormalizedInverterDataFields,
): NormalizedInverterDataFields {
  const isStated = fields.state_code !== null;
  return {
    ...fields,
    ...Object.fromEntries(PLAIN_ONLY.map((name) => [name, plain[name]])),
    state: isStated ? fields.state : plain.state,
    state_code: isStated ? fields.state_code : plain.state_code,
    events: fields.events === null || plain.events === null
      ? fields.events ?? plain.events
      : [...new Set([...fields.events, ...plain.events])],
  };
}

/** The flags of a model that 701 replaces: they state why, and lower the quality. */
function replacedFlags(model: PlainInverterModel): FieldFlag[] {
  const fields = fieldsOf(model.id, INVERTER_MAPPINGS);
  const own: ReadonlySet<string> = new Set(PLAIN_ONLY);
  return fieldFlags(model, (path) => {
    const field = fieldAt(fields, path);
    return field !== undefined && own.has(field) ? field : undefined;
  });
}

const NO_TOTALS = createRecordTemplate([
  "dc_injected_energy_wh",
  "dc_absorbed_energy_wh",
]);

/** Adds the totals of all DC ports where the inverter's own model has none. */
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
