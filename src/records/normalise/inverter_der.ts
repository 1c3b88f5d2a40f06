/**
 * SunSpec model 701, DER AC measurement: what it says in the place of 101-113,
 * and what only it says.
 *
 * @module
 */

import type {
  InverterDer,
  NormalizedInverterDataFields,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import { createBlank } from "../../base/record_template.ts";
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
  pointFields,
  type Sources,
} from "./point_fields.ts";
import {
  bitsOf,
  codeOf,
  codesOf,
  type FieldTable,
  measurementsOf,
  textOf,
} from "./points.ts";
import { bitNames, stateName } from "./symbols.ts";

/** DER AC measurement. */
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

/** Which field takes which point, in `der` and in the place of 101-113. */
export const DER_SOURCES: Sources = {
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

/** What only 701 says. */
export function derFields(points: ModelPoints[701]): InverterDer {
  const codes = codesOf(points, OWN_CODES);
  return {
    ...measurementsOf(points, OWN_MEASUREMENTS),
    ...codes,
    ac_wiring: stateName(AC_WIRINGS, codes.ac_wiring_code),
    operating_state: stateName(DER_STATES, codes.operating_state_code),
    inverter_state: stateName(DER_INVERTER_STATES, codes.inverter_state_code),
    grid_connection: stateName(GRID_CONNECTIONS, codes.grid_connection_code),
    alarms: bitNames(DER_ALARMS, bitsOf(points, "Alrm")),
    alarm_info: textOf(points, "MnAlrmInfo"),
    modes: bitNames(DER_MODES, bitsOf(points, "DERMode")),
    throttling_sources: bitNames(THROTTLE_SOURCES, bitsOf(points, "ThrotSrc")),
  };
}

/** What 701 does not have. */
const NOT_IN_DER = createBlank([
  "power_factor_pct",
  "dc_current_a",
  "dc_voltage_v",
  "dc_power_w",
  "vendor_state_code",
  "events_2",
  "vendor_events_1",
  "vendor_events_2",
  "vendor_events_3",
  "vendor_events_4",
]);

/** The fields of the record of an inverter that 701 alone speaks of. */
export function derRecord(
  { id, points }: DerModel,
  parts: InverterParts,
): NormalizedInverterDataFields {
  const state = codeOf(points, "InvSt");
  return {
    sunspec_model_id: id,
    ...NOT_IN_DER,
    ...measurementsOf(points, DER_MEASUREMENTS),
    state: stateName(DER_INVERTER_STATES, state),
    state_code: state,
    events: bitNames(DER_ALARMS, bitsOf(points, "Alrm")),
    ...parts,
  };
}

/** The flags of a 701 beside the model that is believed: on what only it says. */
export function derFlags(model: DerModel): FieldFlag[] {
  const { fields } = DER_SOURCES;
  const flags = model.flags.filter(({ path }) =>
    fieldAt(fields, path)?.startsWith("der.") ?? true
  );
  return fieldFlags({ ...model, flags }, (path) => fieldAt(fields, path));
}
