/**
 * Meters: SunSpec models 201-204.
 *
 * @module
 */

import type { ModelPoints } from "../../models/index.ts";
import type { NormalizedMeterDataFields } from "../../models/avro/index.ts";
import type { DecodedModel, TypedModel } from "../sunspec/decode.ts";
import type { KindModels } from "./instances.ts";
import {
  bitsOf,
  type FieldFlag,
  fieldFlags,
  type FieldTable,
  measurementsOf,
  numberOf,
} from "./points.ts";
import { bitNames, METER_EVENTS } from "./symbols.ts";

/** A model that speaks of a meter. */
export type MeterModel =
  | TypedModel<201>
  | TypedModel<202>
  | TypedModel<203>
  | TypedModel<204>;

/** The ids of {@linkcode MeterModel}. */
export const METER_MODELS: KindModels = {
  integer: new Set([201, 202, 203, 204]),
  float: new Set(),
};

/** Which field takes which point, the same in 201-204. */
const METER_MEASUREMENTS = [
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
  ["power_factor_pct", "PF"],
  ["phase_a_power_factor_pct", "PFphA"],
  ["phase_b_power_factor_pct", "PFphB"],
  ["phase_c_power_factor_pct", "PFphC"],
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
  ["phase_a_imported_reactive_energy_q1_varh", "TotVArhImpQ1PhA"],
  ["phase_b_imported_reactive_energy_q1_varh", "TotVArhImpQ1PhB"],
  ["phase_c_imported_reactive_energy_q1_varh", "TotVArhImpQ1PhC"],
  ["imported_reactive_energy_q2_varh", "TotVArhImpQ2"],
  ["phase_a_imported_reactive_energy_q2_varh", "TotVArhImpQ2PhA"],
  ["phase_b_imported_reactive_energy_q2_varh", "TotVArhImpQ2PhB"],
  ["phase_c_imported_reactive_energy_q2_varh", "TotVArhImpQ2PhC"],
  ["exported_reactive_energy_q3_varh", "TotVArhExpQ3"],
  ["phase_a_exported_reactive_energy_q3_varh", "TotVArhExpQ3PhA"],
  ["phase_b_exported_reactive_energy_q3_varh", "TotVArhExpQ3PhB"],
  ["phase_c_exported_reactive_energy_q3_varh", "TotVArhExpQ3PhC"],
  ["exported_reactive_energy_q4_varh", "TotVArhExpQ4"],
  ["phase_a_exported_reactive_energy_q4_varh", "TotVArhExpQ4PhA"],
  ["phase_b_exported_reactive_energy_q4_varh", "TotVArhExpQ4PhB"],
  ["phase_c_exported_reactive_energy_q4_varh", "TotVArhExpQ4PhC"],
] as const satisfies FieldTable<
  keyof NormalizedMeterDataFields,
  keyof MeterModel["points"]
>;

/** SunSpec names the line-to-line voltages so in 201 ... */
const LINE_VOLTAGES_201 = [
  ["phase_ab_voltage_v", "PPVphAB"],
  ["phase_bc_voltage_v", "PPVphBC"],
  ["phase_ca_voltage_v", "PPVphCA"],
] as const satisfies FieldTable<string, keyof ModelPoints[201]>;

/** ... and so in 202-204. */
const LINE_VOLTAGES = [
  ["phase_ab_voltage_v", "PhVphAB"],
  ["phase_bc_voltage_v", "PhVphBC"],
  ["phase_ca_voltage_v", "PhVphCA"],
] as const satisfies FieldTable<string, keyof ModelPoints[202 | 203 | 204]>;

const FIELD_OF_POINT: ReadonlyMap<string, string> = new Map<string, string>([
  ...[...METER_MEASUREMENTS, ...LINE_VOLTAGES_201, ...LINE_VOLTAGES].map(
    ([field, point]): [string, string] => [point, field],
  ),
  ["Evt", "events"],
]);

/** Whether a model speaks of a meter. */
export function isMeterModel(model: DecodedModel): model is MeterModel {
  return METER_MODELS.integer.has(model.id) || METER_MODELS.float.has(model.id);
}

/** True if the model gives not one measurement. */
export function isEmptyMeter(model: MeterModel): boolean {
  return METER_MEASUREMENTS.every(([, point]) =>
    numberOf(model.points, point) === null
  );
}

/** The fields of a meter's record, and the flags on them. */
export function meterRecord(
  model: MeterModel,
): { readonly fields: NormalizedMeterDataFields; readonly flags: FieldFlag[] } {
  const { points } = model;
  return {
    fields: {
      sunspec_model_id: model.id,
      ...measurementsOf(points, METER_MEASUREMENTS),
      ...(model.id === 201
        ? measurementsOf(model.points, LINE_VOLTAGES_201)
        : measurementsOf(model.points, LINE_VOLTAGES)),
      events: bitNames(METER_EVENTS, bitsOf(points, "Evt")),
    },
    flags: fieldFlags(model, (path) => FIELD_OF_POINT.get(path)),
  };
}
