/**
 * Inverters in integers (SunSpec models 101-103) and in floats (111-113), which
 * have the same points.
 *
 * @module
 */

import type { NormalizedInverterDataFields } from "../../../models/avro/index.ts";
import type { DecodedModel, TypedModel } from "../../sunspec/decode/decode.ts";
import { pointFields, type Sources } from "./point_fields.ts";
import { bitsOf, codeOf, type FieldTable, measurementsOf } from "./points.ts";
import {
  bitNames,
  INVERTER_EVENTS,
  NO_NAMES,
  OPERATING_STATES,
  stateName,
} from "./symbols.ts";

/** Integers or floats. */
export type PlainModel = TypedModel<101 | 102 | 103 | 111 | 112 | 113>;

/** Inverters in integers. */
export const INTEGER_INVERTERS: ReadonlySet<number> = new Set([101, 102, 103]);

/** Inverters in floats. */
export const FLOAT_INVERTERS: ReadonlySet<number> = new Set([111, 112, 113]);

/** Which field takes which point of 101-103 and 111-113. */
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
  keyof PlainModel["points"]
>;

/** Which field takes which point. */
export const PLAIN_SOURCES: Sources = {
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

/** Whether a model speaks of an inverter as a whole, in integers or floats. */
export function isPlainInverter(model: DecodedModel): model is PlainModel {
  return INTEGER_INVERTERS.has(model.id) || FLOAT_INVERTERS.has(model.id);
}

/** The fields that do not come from the model that speaks of the inverter as a whole. */
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

/** The fields of the record of an inverter that one of these models speaks of. */
export function plainRecord(
  { id, points }: PlainModel,
  parts: InverterParts,
): NormalizedInverterDataFields {
  const state = codeOf(points, "St");
  return {
    sunspec_model_id: id,
    ...measurementsOf(points, PLAIN_MEASUREMENTS),
    power_factor: null,
    state: stateName(OPERATING_STATES, state),
    state_code: state,
    vendor_state_code: codeOf(points, "StVnd"),
    events: bitNames(INVERTER_EVENTS, bitsOf(points, "Evt1")),
    events_2: bitNames(NO_NAMES, bitsOf(points, "Evt2")),
    vendor_events_1: bitNames(NO_NAMES, bitsOf(points, "EvtVnd1")),
    vendor_events_2: bitNames(NO_NAMES, bitsOf(points, "EvtVnd2")),
    vendor_events_3: bitNames(NO_NAMES, bitsOf(points, "EvtVnd3")),
    vendor_events_4: bitNames(NO_NAMES, bitsOf(points, "EvtVnd4")),
    ...parts,
  };
}
