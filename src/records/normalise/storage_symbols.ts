/**
 * Symbols of the states and events of batteries: SunSpec's names in upper case,
 * with underscores for spaces (SunSpec has `SOC PROTECTION` and `DiSCHARGE`).
 *
 * @module
 */

import type { Symbols } from "./symbols.ts";

/** Charge states (124 and 802: ChaSt). */
export const CHARGE_STATES: Symbols = new Map([
  [1, "OFF"],
  [2, "EMPTY"],
  [3, "DISCHARGING"],
  [4, "CHARGING"],
  [5, "FULL"],
  [6, "HOLDING"],
  [7, "TESTING"],
]);

/** States of a bank (802: State). */
export const BANK_STATES: Symbols = new Map([
  [1, "DISCONNECTED"],
  [2, "INITIALIZING"],
  [3, "CONNECTED"],
  [4, "STANDBY"],
  [5, "SOC_PROTECTION"],
  [6, "SUSPENDING"],
  [99, "FAULT"],
]);

/** Status of a storage (713: Sta). */
export const STORAGE_STATUS: Symbols = new Map([
  [0, "OK"],
  [1, "WARNING"],
  [2, "ERROR"],
]);

/** Control of a battery (802: LocRemCtl). */
export const CONTROL_MODES: Symbols = new Map([
  [0, "REMOTE"],
  [1, "LOCAL"],
]);

/** Battery types (802: Typ). */
export const BATTERY_TYPES: Symbols = new Map([
  [0, "NOT_APPLICABLE_UNKNOWN"],
  [1, "LEAD_ACID"],
  [2, "NICKEL_METAL_HYDRATE"],
  [3, "NICKEL_CADMIUM"],
  [4, "LITHIUM_ION"],
  [5, "CARBON_ZINC"],
  [6, "ZINC_CHLORIDE"],
  [7, "ALKALINE"],
  [8, "RECHARGEABLE_ALKALINE"],
  [9, "SODIUM_SULFUR"],
  [10, "FLOW"],
  [99, "OTHER"],
]);

/** Inverter states that a battery requests (802: ReqInvState). */
export const INVERTER_REQUESTS: Symbols = new Map([
  [0, "NO_REQUEST"],
  [1, "START"],
  [2, "STOP"],
]);

/** Control modes that are active (124: StorCtl_Mod). */
export const STORAGE_CONTROLS: Symbols = new Map([
  [0, "CHARGE"],
  [1, "DISCHARGE"],
]);

/** Permitted charge sources (124: ChaGriSet). */
export const CHARGE_SOURCES: Symbols = new Map([
  [0, "PV"],
  [1, "GRID"],
]);

/** Events of strings (803: StrEvt1, 804: Evt1). */
export const STRING_EVENTS: Symbols = new Map([
  [0, "COMMUNICATION_ERROR"],
  [1, "OVER_TEMP_ALARM"],
  [2, "OVER_TEMP_WARNING"],
  [3, "UNDER_TEMP_ALARM"],
  [4, "UNDER_TEMP_WARNING"],
  [5, "OVER_CHARGE_CURRENT_ALARM"],
  [6, "OVER_CHARGE_CURRENT_WARNING"],
  [7, "OVER_DISCHARGE_CURRENT_ALARM"],
  [8, "OVER_DISCHARGE_CURRENT_WARNING"],
  [9, "OVER_VOLT_ALARM"],
  [10, "OVER_VOLT_WARNING"],
  [11, "UNDER_VOLT_ALARM"],
  [12, "UNDER_VOLT_WARNING"],
  [13, "UNDER_SOC_MIN_ALARM"],
  [14, "UNDER_SOC_MIN_WARNING"],
  [15, "OVER_SOC_MAX_ALARM"],
  [16, "OVER_SOC_MAX_WARNING"],
  [17, "VOLTAGE_IMBALANCE_WARNING"],
  [18, "TEMPERATURE_IMBALANCE_ALARM"],
  [19, "TEMPERATURE_IMBALANCE_WARNING"],
  [20, "CONTACTOR_ERROR"],
  [21, "FAN_ERROR"],
  [22, "GROUND_FAULT"],
  [23, "OPEN_DOOR_ERROR"],
  [25, "OTHER_ALARM"],
  [26, "OTHER_WARNING"],
  [28, "CONFIGURATION_ALARM"],
  [29, "CONFIGURATION_WARNING"],
]);

/** Events of banks (802: Evt1). Only banks have a current imbalance. */
export const BANK_EVENTS: Symbols = new Map([
  ...STRING_EVENTS,
  [24, "CURRENT_IMBALANCE_WARNING"],
]);

/** Status of a string (803: StrSt, 804: St). */
export const STRING_STATUS: Symbols = new Map([
  [0, "STRING_ENABLED"],
  [1, "CONTACTOR_STATUS"],
]);

/** Reasons for a failed connection of a string (803: StrConFail, 804: ConFail). */
export const CONNECTION_FAILURES: Symbols = new Map([
  [0, "NO_FAILURE"],
  [1, "BUTTON_PUSHED"],
  [2, "STR_GROUND_FAULT"],
  [3, "OUTSIDE_VOLTAGE_RANGE"],
  [4, "STRING_NOT_ENABLED"],
  [5, "FUSE_OPEN"],
  [6, "CONTACTOR_FAILURE"],
  [7, "PRECHARGE_FAILURE"],
  [8, "STRING_FAULT"],
]);

/** Reasons for disabling a string (803: StrDisRsn). */
export const DISABLED_REASONS: Symbols = new Map([
  [0, "NONE"],
  [1, "FAULT"],
  [2, "MAINTENANCE"],
  [3, "EXTERNAL"],
  [4, "OTHER"],
]);

/** Contactors of a string (803: StrConSt, 804: ConSt). */
export const CONTACTORS: Symbols = new Map(
  Array.from({ length: 31 }, (_, bit) => [bit, `CONTACTOR_${bit}`]),
);
