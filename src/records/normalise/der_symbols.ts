/**
 * Symbols of the states and events of DER models 701, 714 and 120-122. Hyphens in
 * SunSpec's names become underscores (`VOLT_VAR`).
 *
 * @module
 */

import { INVERTER_EVENTS, type Symbols } from "./symbols.ts";

/** Wiring (701: ACType). */
export const AC_WIRINGS: Symbols = new Map([
  [0, "SINGLE_PHASE"],
  [1, "SPLIT_PHASE"],
  [2, "THREE_PHASE"],
]);

/** Operating states of a DER (701: St). */
export const DER_STATES: Symbols = new Map([[0, "OFF"], [1, "ON"]]);

/** States of a DER's inverter (701: InvSt). Symbols as in 101-113, but RUNNING for MPPT, and with other numbers. */
export const DER_INVERTER_STATES: Symbols = new Map([
  [0, "OFF"],
  [1, "SLEEPING"],
  [2, "STARTING"],
  [3, "RUNNING"],
  [4, "THROTTLED"],
  [5, "SHUTTING_DOWN"],
  [6, "FAULT"],
  [7, "STANDBY"],
]);

/** Grid connection (701: ConnSt; 122: ECPConn, by its description). */
export const GRID_CONNECTIONS: Symbols = new Map([
  [0, "DISCONNECTED"],
  [1, "CONNECTED"],
]);

/** Alarms (701: Alrm): the events of 101-113 and one more. */
export const DER_ALARMS: Symbols = new Map([
  ...INVERTER_EVENTS,
  [16, "MANUFACTURER_ALRM"],
]);

/** Operational characteristics (701: DERMode). */
export const DER_MODES: Symbols = new Map([
  [0, "GRID_FOLLOWING"],
  [1, "GRID_FORMING"],
  [2, "PV_CLIPPED"],
]);

/** Throttling sources (701: ThrotSrc). */
export const THROTTLE_SOURCES: Symbols = new Map([
  [0, "MAX_W"],
  [1, "FIXED_W"],
  [2, "FIXED_VAR"],
  [3, "FIXED_PF"],
  [4, "VOLT_VAR"],
  [5, "FREQ_WATT"],
  [6, "DYN_REACT_CURR"],
  [7, "LVRT"],
  [8, "HVRT"],
  [9, "WATT_VAR"],
  [10, "VOLT_WATT"],
  [11, "SCHEDULED"],
  [12, "LFRT"],
  [13, "HFRT"],
  [14, "DERATED"],
]);

/** Number of the port type of a battery (714: PrtTyp). */
export const ESS_PORT = 1;

/** DC port types (714: PrtTyp). */
export const PORT_TYPES: Symbols = new Map([
  [0, "PV"],
  [ESS_PORT, "ESS"],
  [2, "EV"],
  [3, "INJ"],
  [4, "ABS"],
  [5, "BIDIR"],
  [6, "DC_DC"],
]);

/** States of a DC port (714: DCSta). */
export const PORT_STATES: Symbols = new Map([
  [0, "OFF"],
  [1, "ON"],
  [2, "WARNING"],
  [3, "ERROR"],
]);

/** Ports with an active alarm (714: PrtAlrms); bit 0 is port 1. */
export const ALARMED_PORTS: Symbols = new Map(
  Array.from({ length: 32 }, (_, bit) => [bit, `PORT_${bit + 1}`]),
);

/** DER types (120: DERTyp). */
export const DER_TYPES: Symbols = new Map([[4, "PV"], [82, "PV_STOR"]]);

/** Reactive power action on a change between charging and discharging (121: VArAct). */
export const REACTIVE_POWER_ACTIONS: Symbols = new Map([
  [1, "SWITCH"],
  [2, "MAINTAIN"],
]);

/** Methods to calculate apparent power (121: ClcTotVA). */
export const APPARENT_POWER_CALCULATIONS: Symbols = new Map([
  [1, "VECTOR"],
  [2, "ARITHMETIC"],
]);

/** The connected phase of a single-phase inverter (121: ConnPh). */
export const CONNECTED_PHASES: Symbols = new Map([[1, "A"], [2, "B"], [3, "C"]]);

/** Connection status (122: PVConn, StorConn). */
export const CONNECTIONS: Symbols = new Map([
  [0, "CONNECTED"],
  [1, "AVAILABLE"],
  [2, "OPERATING"],
  [3, "TEST"],
]);

/** Setpoint limits (122: StSetLimMsk). */
export const SETPOINT_LIMITS: Symbols = new Map([
  [0, "WMAX"],
  [1, "VAMAX"],
  [2, "VARAVAL"],
  [3, "VARMAXQ1"],
  [4, "VARMAXQ2"],
  [5, "VARMAXQ3"],
  [6, "VARMAXQ4"],
  [7, "PFMINQ1"],
  [8, "PFMINQ2"],
  [9, "PFMINQ3"],
  [10, "PFMINQ4"],
]);

/** Active controls (122: StActCtl). */
export const ACTIVE_CONTROLS: Symbols = new Map([
  [0, "FIXEDW"],
  [1, "FIXEDVAR"],
  [2, "FIXEDPF"],
  [3, "VOLT_VAR"],
  [4, "FREQ_WATT_PARAM"],
  [5, "FREQ_WATT_CURVE"],
  [6, "DYN_REACTIVE_CURRENT"],
  [7, "LVRT"],
  [8, "HVRT"],
  [9, "WATT_PF"],
  [10, "VOLT_WATT"],
  [12, "SCHEDULED"],
  [13, "LFRT"],
  [14, "HFRT"],
]);

/** Active ride-through modes (122: RtSt). */
export const RIDE_THROUGHS: Symbols = new Map([
  [0, "LVRT_ACTIVE"],
  [1, "HVRT_ACTIVE"],
  [2, "LFRT_ACTIVE"],
  [3, "HFRT_ACTIVE"],
]);
