/**
 * Rarely changing values of an inverter: SunSpec models 120 (nameplate), 121
 * (basic settings) and 122 (extended measurements and status).
 *
 * @module
 */

import type {
  InverterExtendedStatus,
  InverterNameplate,
  InverterSettings,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import type { DecodedModel, TypedModel } from "../../sunspec/decode/decode.ts";
import {
  ACTIVE_CONTROLS,
  APPARENT_POWER_CALCULATIONS,
  CONNECTED_PHASES,
  CONNECTIONS,
  DER_TYPES,
  GRID_CONNECTIONS,
  REACTIVE_POWER_ACTIONS,
  RIDE_THROUGHS,
  SETPOINT_LIMITS,
} from "./der_symbols.ts";
import { type FieldMapping, pointFields } from "./point_fields.ts";
import {
  bitfieldOf,
  codeOf,
  codesOf,
  type FieldTable,
  measurementsOf,
  textOf,
} from "./points.ts";
import { bitSymbols, stateSymbol } from "./symbols.ts";

/** A nameplate, settings or extended status model. */
export type RatingModel = TypedModel<120> | TypedModel<121> | TypedModel<122>;

/** The ids of {@linkcode RatingModel}. */
export const RATING_MODELS: ReadonlySet<number> = new Set([120, 121, 122]);

/** Whether a model is a {@linkcode RatingModel}. */
export function isRatingModel(model: DecodedModel): model is RatingModel {
  return RATING_MODELS.has(model.id);
}

const NAMEPLATE = [
  ["power_rating_w", "WRtg"],
  ["apparent_power_rating_va", "VARtg"],
  ["reactive_power_rating_q1_var", "VArRtgQ1"],
  ["reactive_power_rating_q2_var", "VArRtgQ2"],
  ["reactive_power_rating_q3_var", "VArRtgQ3"],
  ["reactive_power_rating_q4_var", "VArRtgQ4"],
  ["current_rating_a", "ARtg"],
  ["min_power_factor_q1", "PFRtgQ1"],
  ["min_power_factor_q2", "PFRtgQ2"],
  ["min_power_factor_q3", "PFRtgQ3"],
  ["min_power_factor_q4", "PFRtgQ4"],
  ["energy_rating_wh", "WHRtg"],
  ["charge_rating_ah", "AhrRtg"],
  ["max_charge_power_w", "MaxChaRte"],
  ["max_discharge_power_w", "MaxDisChaRte"],
] as const satisfies FieldTable<keyof InverterNameplate, keyof ModelPoints[120]>;

const SETTINGS = [
  ["max_power_w", "WMax"],
  ["reference_voltage_v", "VRef"],
  ["reference_voltage_offset_v", "VRefOfs"],
  ["max_voltage_v", "VMax"],
  ["min_voltage_v", "VMin"],
  ["max_apparent_power_va", "VAMax"],
  ["max_reactive_power_q1_var", "VArMaxQ1"],
  ["max_reactive_power_q2_var", "VArMaxQ2"],
  ["max_reactive_power_q3_var", "VArMaxQ3"],
  ["max_reactive_power_q4_var", "VArMaxQ4"],
  ["ramp_rate_pct_per_s", "WGra"],
  ["min_power_factor_q1", "PFMinQ1"],
  ["min_power_factor_q2", "PFMinQ2"],
  ["min_power_factor_q3", "PFMinQ3"],
  ["min_power_factor_q4", "PFMinQ4"],
  ["max_ramp_rate_pct", "MaxRmpRte"],
  ["nominal_frequency_hz", "ECPNomHz"],
] as const satisfies FieldTable<keyof InverterSettings, keyof ModelPoints[121]>;

const SETTINGS_CODES = [
  ["reactive_power_action_code", "VArAct"],
  ["apparent_power_calculation_code", "ClcTotVA"],
  ["connected_phase_code", "ConnPh"],
] as const satisfies FieldTable<keyof InverterSettings, keyof ModelPoints[121]>;

const STATUS = [
  ["active_energy_wh", "ActWh"],
  ["apparent_energy_vah", "ActVAh"],
  ["reactive_energy_q1_varh", "ActVArhQ1"],
  ["reactive_energy_q2_varh", "ActVArhQ2"],
  ["reactive_energy_q3_varh", "ActVArhQ3"],
  ["reactive_energy_q4_varh", "ActVArhQ4"],
  ["available_reactive_power_var", "VArAval"],
  ["available_power_w", "WAval"],
  ["isolation_resistance_ohm", "Ris"],
] as const satisfies FieldTable<keyof InverterExtendedStatus, keyof ModelPoints[122]>;

/** The field mappings of 120-122. */
export const RATING_MAPPINGS: readonly FieldMapping[] = [
  mapping(120, "nameplate", NAMEPLATE, [["der_type_code", "DERTyp"]]),
  mapping(121, "settings", SETTINGS, SETTINGS_CODES),
  mapping(122, "extended_status", STATUS, [
    ["pv_connection", "PVConn"],
    ["storage_connection", "StorConn"],
    ["grid_connection_code", "ECPConn"],
    ["limits_reached", "StSetLimMsk"],
    ["active_controls", "StActCtl"],
    ["time_source", "TmSrc"],
    ["device_time_s", "Tms"],
    ["ride_through", "RtSt"],
  ]),
];

function mapping(
  id: number,
  place: string,
  ...tables: readonly FieldTable<string, string>[]
): FieldMapping {
  return { models: [id], fields: pointFields({ group: "", place, tables }) };
}

/** The fields of the nameplate. */
export function nameplateFields(points: ModelPoints[120]): InverterNameplate {
  const type = codeOf(points, "DERTyp");
  return {
    ...measurementsOf(points, NAMEPLATE),
    der_type: stateSymbol(DER_TYPES, type),
    der_type_code: type,
  };
}

/** The fields of the basic settings. */
export function settingsFields(points: ModelPoints[121]): InverterSettings {
  const codes = codesOf(points, SETTINGS_CODES);
  return {
    ...measurementsOf(points, SETTINGS),
    ...codes,
    reactive_power_action: stateSymbol(
      REACTIVE_POWER_ACTIONS,
      codes.reactive_power_action_code,
    ),
    apparent_power_calculation: stateSymbol(
      APPARENT_POWER_CALCULATIONS,
      codes.apparent_power_calculation_code,
    ),
    connected_phase: stateSymbol(CONNECTED_PHASES, codes.connected_phase_code),
  };
}

/** The fields of the extended measurements and status. */
export function extendedStatusFields(points: ModelPoints[122]): InverterExtendedStatus {
  // Its type is a bitfield, but its description defines a number: see the field's doc.
  const connection = codeOf(points, "ECPConn");
  return {
    ...measurementsOf(points, STATUS),
    pv_connection: bitSymbols(CONNECTIONS, bitfieldOf(points, "PVConn")),
    storage_connection: bitSymbols(CONNECTIONS, bitfieldOf(points, "StorConn")),
    grid_connection: stateSymbol(GRID_CONNECTIONS, connection),
    grid_connection_code: connection,
    limits_reached: bitSymbols(SETPOINT_LIMITS, bitfieldOf(points, "StSetLimMsk")),
    active_controls: bitSymbols(ACTIVE_CONTROLS, bitfieldOf(points, "StActCtl")),
    time_source: textOf(points, "TmSrc"),
    device_time_s: codeOf(points, "Tms"),
    ride_through: bitSymbols(RIDE_THROUGHS, bitfieldOf(points, "RtSt")),
  };
}
