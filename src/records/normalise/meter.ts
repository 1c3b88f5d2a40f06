/**
 * Meters: SunSpec models 201-204 (integers) and 211-214 (floats).
 *
 * @module
 */

import type { ModelPoints } from "../../../models/index.ts";
import type { NormalizedMeterDataFields } from "../../../models/avro/index.ts";
import { createRecordTemplate } from "../../base/record_template.ts";
import type { DecodedModel, TypedModel } from "../../sunspec/decode/decode.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  type FieldMapping,
  fieldsOf,
  pointFields,
} from "./point_fields.ts";
import { bitfieldOf, type FieldTable, measurementsOf, numberOf } from "./points.ts";
import { bitSymbols, METER_EVENTS } from "./symbols.ts";

/** A meter model. */
export type MeterModel =
  | TypedModel<201>
  | TypedModel<202>
  | TypedModel<203>
  | TypedModel<204>
  | FloatMeterModel;

/** A meter model with floats. */
type FloatMeterModel = TypedModel<211 | 212 | 213 | 214>;

type Field = keyof NormalizedMeterDataFields;

/** Meter models with integers. */
export const INTEGER_METERS: ReadonlySet<number> = new Set([201, 202, 203, 204]);

/** Meter models with floats. */
export const FLOAT_METERS: ReadonlySet<number> = new Set([211, 212, 213, 214]);

/** Points that have the same name in all models. */
const COMMON = [
  ["ac_current_a", "A"],
  ["phase_a_current_a", "AphA"],
  ["phase_b_current_a", "AphB"],
  ["phase_c_current_a", "AphC"],
  ["line_neutral_voltage_v", "PhV"],
  ["phase_an_voltage_v", "PhVphA"],
  ["phase_bn_voltage_v", "PhVphB"],
  ["phase_cn_voltage_v", "PhVphC"],
  ["line_line_voltage_v", "PPV"],
  ["frequency_hz", "Hz"],
  ["ac_power_w", "W"],
  ["phase_a_power_w", "WphA"],
  ["phase_b_power_w", "WphB"],
  ["phase_c_power_w", "WphC"],
  ["ac_apparent_power_va", "VA"],
  ["phase_a_apparent_power_va", "VAphA"],
  ["phase_b_apparent_power_va", "VAphB"],
  ["phase_c_apparent_power_va", "VAphC"],
  ["ac_reactive_power_var", "VAR"],
  ["phase_a_reactive_power_var", "VARphA"],
  ["phase_b_reactive_power_var", "VARphB"],
  ["phase_c_reactive_power_var", "VARphC"],
  ["exported_energy_wh", "TotWhExp"],
  ["phase_a_exported_energy_wh", "TotWhExpPhA"],
  ["phase_b_exported_energy_wh", "TotWhExpPhB"],
  ["phase_c_exported_energy_wh", "TotWhExpPhC"],
  ["imported_energy_wh", "TotWhImp"],
  ["phase_a_imported_energy_wh", "TotWhImpPhA"],
  ["phase_b_imported_energy_wh", "TotWhImpPhB"],
  ["phase_c_imported_energy_wh", "TotWhImpPhC"],
  ["exported_apparent_energy_vah", "TotVAhExp"],
  ["phase_a_exported_apparent_energy_vah", "TotVAhExpPhA"],
  ["phase_b_exported_apparent_energy_vah", "TotVAhExpPhB"],
  ["phase_c_exported_apparent_energy_vah", "TotVAhExpPhC"],
  ["imported_apparent_energy_vah", "TotVAhImp"],
  ["phase_a_imported_apparent_energy_vah", "TotVAhImpPhA"],
  ["phase_b_imported_apparent_energy_vah", "TotVAhImpPhB"],
  ["phase_c_imported_apparent_energy_vah", "TotVAhImpPhC"],
  ["imported_reactive_energy_q1_varh", "TotVArhImpQ1"],
  ["imported_reactive_energy_q2_varh", "TotVArhImpQ2"],
  ["exported_reactive_energy_q3_varh", "TotVArhExpQ3"],
  ["exported_reactive_energy_q4_varh", "TotVArhExpQ4"],
] as const satisfies FieldTable<Field, keyof MeterModel["points"]>;

/** Points of 201-204, whose power factor is a percentage. */
const PERCENT = [
  ["power_factor_pct", "PF"],
  ["phase_a_power_factor_pct", "PFphA"],
  ["phase_b_power_factor_pct", "PFphB"],
  ["phase_c_power_factor_pct", "PFphC"],
  ["phase_a_imported_reactive_energy_q1_varh", "TotVArhImpQ1PhA"],
  ["phase_b_imported_reactive_energy_q1_varh", "TotVArhImpQ1PhB"],
  ["phase_c_imported_reactive_energy_q1_varh", "TotVArhImpQ1PhC"],
  ["phase_a_imported_reactive_energy_q2_varh", "TotVArhImpQ2PhA"],
  ["phase_b_imported_reactive_energy_q2_varh", "TotVArhImpQ2PhB"],
  ["phase_c_imported_reactive_energy_q2_varh", "TotVArhImpQ2PhC"],
  ["phase_a_exported_reactive_energy_q3_varh", "TotVArhExpQ3PhA"],
  ["phase_b_exported_reactive_energy_q3_varh", "TotVArhExpQ3PhB"],
  ["phase_c_exported_reactive_energy_q3_varh", "TotVArhExpQ3PhC"],
  ["phase_a_exported_reactive_energy_q4_varh", "TotVArhExpQ4PhA"],
  ["phase_b_exported_reactive_energy_q4_varh", "TotVArhExpQ4PhB"],
  ["phase_c_exported_reactive_energy_q4_varh", "TotVArhExpQ4PhC"],
] as const satisfies FieldTable<Field, keyof ModelPoints[201 | 202 | 203 | 204]>;

/** Points of 211-214, whose power factor is a ratio and whose names partly differ in case. */
const RATIO = [
  ["power_factor", "PF"],
  ["phase_a_power_factor", "PFphA"],
  ["phase_b_power_factor", "PFphB"],
  ["phase_c_power_factor", "PFphC"],
  ["phase_a_imported_reactive_energy_q1_varh", "TotVArhImpQ1phA"],
  ["phase_b_imported_reactive_energy_q1_varh", "TotVArhImpQ1phB"],
  ["phase_c_imported_reactive_energy_q1_varh", "TotVArhImpQ1phC"],
  ["phase_a_imported_reactive_energy_q2_varh", "TotVArhImpQ2phA"],
  ["phase_b_imported_reactive_energy_q2_varh", "TotVArhImpQ2phB"],
  ["phase_c_imported_reactive_energy_q2_varh", "TotVArhImpQ2phC"],
  ["phase_a_exported_reactive_energy_q3_varh", "TotVArhExpQ3phA"],
  ["phase_b_exported_reactive_energy_q3_varh", "TotVArhExpQ3phB"],
  ["phase_c_exported_reactive_energy_q3_varh", "TotVArhExpQ3phC"],
  ["phase_a_exported_reactive_energy_q4_varh", "TotVArhExpQ4phA"],
  ["phase_b_exported_reactive_energy_q4_varh", "TotVArhExpQ4phB"],
  ["phase_c_exported_reactive_energy_q4_varh", "TotVArhExpQ4phC"],
] as const satisfies FieldTable<Field, keyof FloatMeterModel["points"]>;

/** Line-to-line voltages by their names in 201 and 211-214. */
const PP_VOLTAGES = [
  ["phase_ab_voltage_v", "PPVphAB"],
  ["phase_bc_voltage_v", "PPVphBC"],
  ["phase_ca_voltage_v", "PPVphCA"],
] as const satisfies FieldTable<Field, keyof ModelPoints[201 | 211]>;

/** Line-to-line voltages by their names in 202-204. */
const PH_VOLTAGES = [
  ["phase_ab_voltage_v", "PhVphAB"],
  ["phase_bc_voltage_v", "PhVphBC"],
  ["phase_ca_voltage_v", "PhVphCA"],
] as const satisfies FieldTable<Field, keyof ModelPoints[202 | 203 | 204]>;

const OF_201 = [...COMMON, ...PERCENT, ...PP_VOLTAGES] as const;
const OF_INTEGERS = [...COMMON, ...PERCENT, ...PH_VOLTAGES] as const;
const OF_FLOATS = [...COMMON, ...RATIO, ...PP_VOLTAGES] as const;

/** The power factor fields of the unit that a model does not use. */
const NO_PERCENT = createRecordTemplate([
  "power_factor_pct",
  "phase_a_power_factor_pct",
  "phase_b_power_factor_pct",
  "phase_c_power_factor_pct",
]);
const NO_RATIO = createRecordTemplate([
  "power_factor",
  "phase_a_power_factor",
  "phase_b_power_factor",
  "phase_c_power_factor",
]);

/** The field mappings of a meter's record. */
export const METER_MAPPINGS: readonly FieldMapping[] = [
  mapping([201], OF_201),
  mapping([202, 203, 204], OF_INTEGERS),
  mapping([211, 212, 213, 214], OF_FLOATS),
];

function mapping(
  models: readonly number[],
  table: FieldTable<Field, string>,
): FieldMapping {
  const tables = [table, [["events", "Evt"]]] as const;
  return { models, fields: pointFields({ group: "", place: "", tables }) };
}

/** Whether a model is a meter model. */
export function isMeterModel(model: DecodedModel): model is MeterModel {
  return INTEGER_METERS.has(model.id) || FLOAT_METERS.has(model.id);
}

/** Whether a model has no measurement. */
export function isEmptyMeter(model: MeterModel): boolean {
  return COMMON.every(([, point]) => numberOf(model.points, point) === null);
}

/** The fields of a meter's record, and the flags on them. */
export function meterRecord(
  model: MeterModel,
): { readonly fields: NormalizedMeterDataFields; readonly flags: FieldFlag[] } {
  const fields = fieldsOf(model.id, METER_MAPPINGS);
  return {
    fields: {
      sunspec_model_id: model.id,
      ...measurements(model),
      events: bitSymbols(METER_EVENTS, bitfieldOf(model.points, "Evt")),
    },
    flags: fieldFlags(model, (path) => fieldAt(fields, path)),
  };
}

function measurements(
  model: MeterModel,
): Omit<NormalizedMeterDataFields, "sunspec_model_id" | "events"> {
  switch (model.id) {
    case 201:
      return { ...measurementsOf(model.points, OF_201), ...NO_RATIO };
    case 202:
    case 203:
    case 204:
      return { ...measurementsOf(model.points, OF_INTEGERS), ...NO_RATIO };
    default:
      return { ...measurementsOf(model.points, OF_FLOATS), ...NO_PERCENT };
  }
}
