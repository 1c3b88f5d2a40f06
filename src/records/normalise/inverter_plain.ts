/**
 * Inverters: SunSpec models 101-103 (integers) and 111-113 (floats), which have
 * the same points.
 *
 * @module
 */

import type { NormalizedInverterDataFields } from "../../../models/avro/index.ts";
import type { DecodedModel, TypedModel } from "../../sunspec/decode/decode.ts";
import { type FieldMapping, pointFields } from "./point_fields.ts";
import { bitfieldOf, codeOf, type FieldTable, measurementsOf } from "./points.ts";
import {
  bitSymbols,
  INVERTER_EVENTS,
  NO_SYMBOLS,
  OPERATING_STATES,
  stateSymbol,
} from "./symbols.ts";

/** An inverter model with integers or floats. */
export type PlainInverterModel = TypedModel<101 | 102 | 103 | 111 | 112 | 113>;

/** Inverter models with integers. */
export const INTEGER_INVERTERS: ReadonlySet<number> = new Set([101, 102, 103]);

/** Inverter models with floats. */
export const FLOAT_INVERTERS: ReadonlySet<number> = new Set([111, 112, 113]);

/** Measurements. */
export const PLAIN_MEASUREMENTS = [
  ["ac_current_a", "A"],
  ["phase_a_current_a", "AphA"],
  ["phase_b_current_a", "AphB"],
  ["phase_c_current_a", "AphC"],
  ["phase_ab_voltage_v", "PPVphAB"],
  ["phase_bc_voltage_v", "PPVphBC"],
  ["phase_ca_voltage_v", "PPVphCA"],
  ["phase_an_voltage_v", "PhVphA"],
  ["phase_bn_voltage_v", "PhVphB"],
  ["phase_cn_voltage_v", "PhVphC"],
  ["ac_power_w", "W"],
  ["frequency_hz", "Hz"],
  ["ac_apparent_power_va", "VA"],
  ["ac_reactive_power_var", "VAr"],
  ["power_factor_pct", "PF"],
  ["ac_energy_wh", "WH"],
  ["dc_current_a", "DCA"],
  ["dc_voltage_v", "DCV"],
  ["dc_power_w", "DCW"],
  ["cabinet_temp_c", "TmpCab"],
  ["heat_sink_temp_c", "TmpSnk"],
  ["transformer_temp_c", "TmpTrns"],
  ["other_temp_c", "TmpOt"],
] as const satisfies FieldTable<
  keyof NormalizedInverterDataFields,
  keyof PlainInverterModel["points"]
>;

/** The field mapping of 101-103 and 111-113. */
export const PLAIN_MAPPING: FieldMapping = {
  models: [...INTEGER_INVERTERS, ...FLOAT_INVERTERS],
  fields: pointFields({
    group: "",
    place: "",
    tables: [PLAIN_MEASUREMENTS, [
      ["state_code", "St"],
      ["vendor_state_code", "StVnd"],
      ["events", "Evt1"],
      ["events_2", "Evt2"],
      ["vendor_events_1", "EvtVnd1"],
      ["vendor_events_2", "EvtVnd2"],
      ["vendor_events_3", "EvtVnd3"],
      ["vendor_events_4", "EvtVnd4"],
    ]],
  }),
};

/** Whether a model is one of 101-103 or 111-113. */
export function isPlainInverter(model: DecodedModel): model is PlainInverterModel {
  return INTEGER_INVERTERS.has(model.id) || FLOAT_INVERTERS.has(model.id);
}

/** The fields that do not come from the model of the whole inverter. */
export type InverterParts = Pick<
  NormalizedInverterDataFields,
  | "strings_model_id"
  | "strings_events"
  | "strings"
  | "der"
  | "nameplate"
  | "settings"
  | "extended_status"
  | "dc_injected_energy_wh"
  | "dc_absorbed_energy_wh"
>;

/** The fields of an inverter's record if one of these models is selected. */
export function plainRecord(
  { id, points }: PlainInverterModel,
  parts: InverterParts,
): NormalizedInverterDataFields {
  const state = codeOf(points, "St");
  return {
    sunspec_model_id: id,
    ...measurementsOf(points, PLAIN_MEASUREMENTS),
    power_factor: null,
    state: stateSymbol(OPERATING_STATES, state),
    state_code: state,
    vendor_state_code: codeOf(points, "StVnd"),
    events: bitSymbols(INVERTER_EVENTS, bitfieldOf(points, "Evt1")),
    events_2: bitSymbols(NO_SYMBOLS, bitfieldOf(points, "Evt2")),
    vendor_events_1: bitSymbols(NO_SYMBOLS, bitfieldOf(points, "EvtVnd1")),
    vendor_events_2: bitSymbols(NO_SYMBOLS, bitfieldOf(points, "EvtVnd2")),
    vendor_events_3: bitSymbols(NO_SYMBOLS, bitfieldOf(points, "EvtVnd3")),
    vendor_events_4: bitSymbols(NO_SYMBOLS, bitfieldOf(points, "EvtVnd4")),
    ...parts,
  };
}
