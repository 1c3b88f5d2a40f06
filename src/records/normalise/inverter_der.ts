/**
 * SunSpec model 701, DER AC measurement: the points that correspond to models
 * 101-113, and its additional points.
 *
 * @module
 */

import type {
  InverterDer,
  NormalizedInverterDataFields,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import { createRecordTemplate } from "../../base/record_template.ts";
import type { TypedModel } from "../../sunspec/decode/decode.ts";
import {
  AC_WIRINGS,
  DER_ALARMS,
  DER_INVERTER_STATES,
  DER_MODES,
  DER_STATES,
  GRID_CONNECTIONS,
  THROTTLE_SOURCES,
} from "./der_symbols.ts";
import type { InverterParts } from "./inverter_plain.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  type FieldMapping,
  pointFields,
} from "./point_fields.ts";
import {
  bitfieldOf,
  codeOf,
  codesOf,
  type FieldTable,
  measurementsOf,
  textOf,
} from "./points.ts";
import { bitSymbols, stateSymbol } from "./symbols.ts";

/** The DER AC measurement model. */
export type DerModel = TypedModel<701>;

type Point = keyof ModelPoints[701];

/** The measurements that 101-113 have too, and the power factor as a ratio. */
export const DER_MEASUREMENTS = [
  ["ac_current_a", "A"],
  ["phase_a_current_a", "AL1"],
  ["phase_b_current_a", "AL2"],
  ["phase_c_current_a", "AL3"],
  ["phase_ab_voltage_v", "VL1L2"],
  ["phase_bc_voltage_v", "VL2L3"],
  ["phase_ca_voltage_v", "VL3L1"],
  ["phase_an_voltage_v", "VL1"],
  ["phase_bn_voltage_v", "VL2"],
  ["phase_cn_voltage_v", "VL3"],
  ["ac_power_w", "W"],
  ["frequency_hz", "Hz"],
  ["ac_apparent_power_va", "VA"],
  ["ac_reactive_power_var", "Var"],
  ["power_factor", "PF"],
  ["ac_energy_wh", "TotWhInj"],
  ["cabinet_temp_c", "TmpCab"],
  ["heat_sink_temp_c", "TmpSnk"],
  ["transformer_temp_c", "TmpTrns"],
  ["other_temp_c", "TmpOt"],
] as const satisfies FieldTable<keyof NormalizedInverterDataFields, Point>;

const OWN_MEASUREMENTS = [
  ["throttling_pct", "ThrotPct"],
  ["line_line_voltage_v", "LLV"],
  ["line_neutral_voltage_v", "LNV"],
  ["absorbed_energy_wh", "TotWhAbs"],
  ["injected_reactive_energy_varh", "TotVarhInj"],
  ["absorbed_reactive_energy_varh", "TotVarhAbs"],
  ["ambient_temp_c", "TmpAmb"],
  ["transistor_temp_c", "TmpSw"],
  ["phase_a_power_w", "WL1"],
  ["phase_b_power_w", "WL2"],
  ["phase_c_power_w", "WL3"],
  ["phase_a_apparent_power_va", "VAL1"],
  ["phase_b_apparent_power_va", "VAL2"],
  ["phase_c_apparent_power_va", "VAL3"],
  ["phase_a_reactive_power_var", "VarL1"],
  ["phase_b_reactive_power_var", "VarL2"],
  ["phase_c_reactive_power_var", "VarL3"],
  ["phase_a_power_factor", "PFL1"],
  ["phase_b_power_factor", "PFL2"],
  ["phase_c_power_factor", "PFL3"],
  ["phase_a_injected_energy_wh", "TotWhInjL1"],
  ["phase_b_injected_energy_wh", "TotWhInjL2"],
  ["phase_c_injected_energy_wh", "TotWhInjL3"],
  ["phase_a_absorbed_energy_wh", "TotWhAbsL1"],
  ["phase_b_absorbed_energy_wh", "TotWhAbsL2"],
  ["phase_c_absorbed_energy_wh", "TotWhAbsL3"],
  ["phase_a_injected_reactive_energy_varh", "TotVarhInjL1"],
  ["phase_b_injected_reactive_energy_varh", "TotVarhInjL2"],
  ["phase_c_injected_reactive_energy_varh", "TotVarhInjL3"],
  ["phase_a_absorbed_reactive_energy_varh", "TotVarhAbsL1"],
  ["phase_b_absorbed_reactive_energy_varh", "TotVarhAbsL2"],
  ["phase_c_absorbed_reactive_energy_varh", "TotVarhAbsL3"],
] as const satisfies FieldTable<keyof InverterDer, Point>;

const OWN_CODES = [
  ["ac_wiring_code", "ACType"],
  ["operating_state_code", "St"],
  ["inverter_state_code", "InvSt"],
  ["grid_connection_code", "ConnSt"],
] as const satisfies FieldTable<keyof InverterDer, Point>;

/** The field mapping, in `der` and instead of 101-113. */
export const DER_MAPPING: FieldMapping = {
  models: [701],
  fields: pointFields(
    {
      group: "",
      place: "der",
      tables: [OWN_MEASUREMENTS, OWN_CODES, [
        ["alarms", "Alrm"],
        ["alarm_info", "MnAlrmInfo"],
        ["modes", "DERMode"],
        ["throttling_sources", "ThrotSrc"],
      ]],
    },
    { group: "", place: "", tables: [DER_MEASUREMENTS] },
  ),
  also: new Map([["InvSt", "state_code"], ["Alrm", "events"]]),
};

/** The fields of the points that only 701 has. */
export function derFields(points: ModelPoints[701]): InverterDer {
  const codes = codesOf(points, OWN_CODES);
  return {
    ...measurementsOf(points, OWN_MEASUREMENTS),
    ...codes,
    ac_wiring: stateSymbol(AC_WIRINGS, codes.ac_wiring_code),
    operating_state: stateSymbol(DER_STATES, codes.operating_state_code),
    inverter_state: stateSymbol(DER_INVERTER_STATES, codes.inverter_state_code),
    grid_connection: stateSymbol(GRID_CONNECTIONS, codes.grid_connection_code),
    alarms: bitSymbols(DER_ALARMS, bitfieldOf(points, "Alrm")),
    alarm_info: textOf(points, "MnAlrmInfo"),
    modes: bitSymbols(DER_MODES, bitfieldOf(points, "DERMode")),
    throttling_sources: bitSymbols(THROTTLE_SOURCES, bitfieldOf(points, "ThrotSrc")),
  };
}

/** Fields of state and events that only models 101-113 have. */
export const PLAIN_ONLY = [
  "vendor_state_code",
  "events_2",
  "vendor_events_1",
  "vendor_events_2",
  "vendor_events_3",
  "vendor_events_4",
] as const satisfies readonly (keyof NormalizedInverterDataFields)[];

/** Fields without a point in 701. */
const NOT_IN_DER = createRecordTemplate([
  "power_factor_pct",
  "dc_current_a",
  "dc_voltage_v",
  "dc_power_w",
  ...PLAIN_ONLY,
]);

/** The fields of an inverter's record if 701 is selected. */
export function derRecord(
  { id, points }: DerModel,
  parts: InverterParts,
): NormalizedInverterDataFields {
  const state = codeOf(points, "InvSt");
  return {
    sunspec_model_id: id,
    ...NOT_IN_DER,
    ...measurementsOf(points, DER_MEASUREMENTS),
    state: stateSymbol(DER_INVERTER_STATES, state),
    state_code: state,
    events: bitSymbols(DER_ALARMS, bitfieldOf(points, "Alrm")),
    ...parts,
  };
}

/** The flags of a 701 next to the selected model: only those on its additional points. */
export function derFlags(model: DerModel): FieldFlag[] {
  const { fields } = DER_MAPPING;
  const flags = model.flags.filter(({ path }) =>
    fieldAt(fields, path)?.startsWith("der.") ?? true
  );
  return fieldFlags({ ...model, flags }, (path) => fieldAt(fields, path));
}
