/**
 * The fields of a battery's record and the points that feed them: SunSpec models
 * 802, 803, 713 and 124.
 *
 * @module
 */

import type {
  NormalizedStorageDataFields,
  StorageControl,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import { type FieldMapping, pointFields } from "./point_fields.ts";
import type { FieldTable } from "./points.ts";
import { BANK_STRING_FIELDS, BATTERY_STRING_MAPPING } from "./storage_strings.ts";

type Field = keyof NormalizedStorageDataFields;

/** Measurements in 802. */
export const BASE = [
  ["soc_pct", "SoC"],
  ["soh_pct", "SoH"],
  ["dod_pct", "DoD"],
  ["dc_voltage_v", "V"],
  ["dc_current_a", "A"],
  ["dc_power_w", "W"],
  ["energy_rating_wh", "WHRtg"],
  ["charge_rating_ah", "AHRtg"],
  ["max_charge_power_w", "WChaRteMax"],
  ["max_discharge_power_w", "WDisChaRteMax"],
  ["max_charge_current_a", "AChaMax"],
  ["max_discharge_current_a", "ADisChaMax"],
  ["max_voltage_v", "VMax"],
  ["min_voltage_v", "VMin"],
  ["max_soc_pct", "SoCMax"],
  ["min_soc_pct", "SoCMin"],
  ["max_reserve_pct", "SocRsvMax"],
  ["min_reserve_pct", "SoCRsvMin"],
  ["self_discharge_pct_per_day", "DisChaRte"],
  ["requested_power_w", "ReqW"],
  ["cell_voltage_max_v", "CellVMax"],
  ["cell_voltage_min_v", "CellVMin"],
  ["cell_voltage_avg_v", "CellVAvg"],
] as const satisfies FieldTable<Field, keyof ModelPoints[802]>;

/** States, counts and indexes in 802. */
export const BASE_CODES = [
  ["charge_state_code", "ChaSt"],
  ["state_code", "State"],
  ["vendor_state_code", "StateVnd"],
  ["control_mode_code", "LocRemCtl"],
  ["battery_type_code", "Typ"],
  ["requested_inverter_state_code", "ReqInvState"],
  ["cycles", "NCyc"],
  ["warranty_end_days", "WarrDt"],
  ["heartbeat", "Hb"],
  ["controller_heartbeat", "CtrlHb"],
  ["cell_voltage_max_string", "CellVMaxStr"],
  ["cell_voltage_max_module", "CellVMaxMod"],
  ["cell_voltage_min_string", "CellVMinStr"],
  ["cell_voltage_min_module", "CellVMinMod"],
] as const satisfies FieldTable<Field, keyof ModelPoints[802]>;

/** Events in 802. */
export const BASE_BITS = [
  ["events", "Evt1"],
  ["events_2", "Evt2"],
  ["vendor_events_1", "EvtVnd1"],
  ["vendor_events_2", "EvtVnd2"],
] as const satisfies FieldTable<Field, keyof ModelPoints[802]>;

/** Measurements of the whole bank in 803. */
export const BANK = [
  ["module_temp_max_c", "ModTmpMax"],
  ["module_temp_min_c", "ModTmpMin"],
  ["module_temp_avg_c", "ModTmpAvg"],
  ["string_voltage_max_v", "StrVMax"],
  ["string_voltage_min_v", "StrVMin"],
  ["string_voltage_avg_v", "StrVAvg"],
  ["string_current_max_a", "StrAMax"],
  ["string_current_min_a", "StrAMin"],
  ["string_current_avg_a", "StrAAvg"],
] as const satisfies FieldTable<Field, keyof ModelPoints[803]>;

/** Counts and indexes in 803. */
export const BANK_CODES = [
  ["string_count", "NStr"],
  ["connected_string_count", "NStrCon"],
  ["module_temp_max_string", "ModTmpMaxStr"],
  ["module_temp_max_module", "ModTmpMaxMod"],
  ["module_temp_min_string", "ModTmpMinStr"],
  ["module_temp_min_module", "ModTmpMinMod"],
  ["string_voltage_max_string", "StrVMaxStr"],
  ["string_voltage_min_string", "StrVMinStr"],
  ["string_current_max_string", "StrAMaxStr"],
  ["string_current_min_string", "StrAMinStr"],
  ["balancing_cells", "NCellBal"],
] as const satisfies FieldTable<Field, keyof ModelPoints[803]>;

/** Measurements in 713. */
export const CAPACITY = [
  ["soc_pct", "SoC"],
  ["soh_pct", "SoH"],
  ["energy_rating_wh", "WHRtg"],
  ["available_energy_wh", "WHAvail"],
] as const satisfies FieldTable<Field, keyof ModelPoints[713]>;

/** Status in 713. */
export const CAPACITY_CODES = [["status_code", "Sta"]] as const satisfies FieldTable<
  Field,
  keyof ModelPoints[713]
>;

/** Measurements in 124. */
export const BASIC = [
  ["soc_pct", "ChaState"],
  ["available_charge_ah", "StorAval"],
  ["internal_voltage_v", "InBatV"],
] as const satisfies FieldTable<Field, keyof ModelPoints[124]>;

/** Charge state in 124. */
export const BASIC_CODES = [[
  "charge_state_code",
  "ChaSt",
]] as const satisfies FieldTable<
  Field,
  keyof ModelPoints[124]
>;

/** Control settings in 124. */
export const CONTROL = [
  ["charge_power_limit_w", "WChaMax"],
  ["charge_apparent_power_limit_va", "VAChaMax"],
  ["charge_ramp_pct_per_s", "WChaGra"],
  ["discharge_ramp_pct_per_s", "WDisChaGra"],
  ["min_reserve_pct", "MinRsvPct"],
  ["charge_rate_pct", "InWRte"],
  ["discharge_rate_pct", "OutWRte"],
  ["rate_window_s", "InOutWRte_WinTms"],
  ["rate_revert_s", "InOutWRte_RvrtTms"],
  ["rate_ramp_s", "InOutWRte_RmpTms"],
] as const satisfies FieldTable<keyof StorageControl, keyof ModelPoints[124]>;

/** Charge source in 124. */
export const CONTROL_CODES = [[
  "charge_source_code",
  "ChaGriSet",
]] as const satisfies FieldTable<
  keyof StorageControl,
  keyof ModelPoints[124]
>;

const TOP = { group: "", place: "" };

/** The field mappings of a battery's record, in order of precedence. */
export const STORAGE_MAPPINGS: readonly FieldMapping[] = [
  {
    models: [802],
    fields: pointFields({ ...TOP, tables: [BASE, BASE_CODES, BASE_BITS] }),
  },
  {
    models: [803],
    fields: pointFields({ ...TOP, tables: [BANK, BANK_CODES] }, BANK_STRING_FIELDS),
  },
  {
    models: [713],
    fields: pointFields({ ...TOP, tables: [CAPACITY, CAPACITY_CODES] }),
  },
  {
    models: [124],
    fields: pointFields(
      { ...TOP, tables: [BASIC, BASIC_CODES] },
      {
        group: "",
        place: "control",
        tables: [CONTROL, CONTROL_CODES, [["modes", "StorCtl_Mod"]]],
      },
    ),
  },
  BATTERY_STRING_MAPPING,
];
