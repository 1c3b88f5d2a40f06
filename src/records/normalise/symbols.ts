/**
 * Names of states and of bits, one set whatever the model: SunSpec's own
 * definitions name the same state `OFF` in model 103 and `ggOFF` in 111, the
 * same bit `Power_Failure` in 201 and `M_EVENT_Power_Failure` in 203.
 *
 * @module
 */

/** Names by number. */
export type Symbols = ReadonlyMap<number, string>;

/** Operating states of inverters (101-103, 111-113: St) and of MPPT inputs (160: DCSt; only they have TEST). */
export const OPERATING_STATES: Symbols = new Map([
  [1, "OFF"],
  [2, "SLEEPING"],
  [3, "STARTING"],
  [4, "MPPT"],
  [5, "THROTTLED"],
  [6, "SHUTTING_DOWN"],
  [7, "FAULT"],
  [8, "STANDBY"],
]);

/** Operating states of MPPT inputs (160: DCSt). */
export const INPUT_STATES: Symbols = new Map([...OPERATING_STATES, [9, "TEST"]]);

/** Events of inverters (101-103, 111-113: Evt1). */
export const INVERTER_EVENTS: Symbols = new Map([
  [0, "GROUND_FAULT"],
  [1, "DC_OVER_VOLT"],
  [2, "AC_DISCONNECT"],
  [3, "DC_DISCONNECT"],
  [4, "GRID_DISCONNECT"],
  [5, "CABINET_OPEN"],
  [6, "MANUAL_SHUTDOWN"],
  [7, "OVER_TEMP"],
  [8, "OVER_FREQUENCY"],
  [9, "UNDER_FREQUENCY"],
  [10, "AC_OVER_VOLT"],
  [11, "AC_UNDER_VOLT"],
  [12, "BLOWN_STRING_FUSE"],
  [13, "UNDER_TEMP"],
  [14, "MEMORY_LOSS"],
  [15, "HW_TEST_FAILURE"],
]);

/** Events of MPPT inputs (160: Evt and DCEvt). */
export const INPUT_EVENTS: Symbols = new Map([
  [0, "GROUND_FAULT"],
  [1, "INPUT_OVER_VOLTAGE"],
  [3, "DC_DISCONNECT"],
  [5, "CABINET_OPEN"],
  [6, "MANUAL_SHUTDOWN"],
  [7, "OVER_TEMP"],
  [12, "BLOWN_FUSE"],
  [13, "UNDER_TEMP"],
  [14, "MEMORY_LOSS"],
  [15, "ARC_DETECTION"],
  [20, "TEST_FAILED"],
  [21, "INPUT_UNDER_VOLTAGE"],
  [22, "INPUT_OVER_CURRENT"],
]);

/** Events of meters (201-204: Evt). */
export const METER_EVENTS: Symbols = new Map([
  [2, "POWER_FAILURE"],
  [3, "UNDER_VOLTAGE"],
  [4, "LOW_PF"],
  [5, "OVER_CURRENT"],
  [6, "OVER_VOLTAGE"],
  [7, "MISSING_SENSOR"],
  ...Array.from({ length: 15 }, (_, index): [number, string] => {
    return [16 + index, `OEM${String(index + 1).padStart(2, "0")}`];
  }),
]);

/** Events of string combiners and of their inputs (401-404: Evt and InEvt). */
export const COMBINER_EVENTS: Symbols = new Map([
  [0, "LOW_VOLTAGE"],
  [1, "LOW_POWER"],
  [2, "LOW_EFFICIENCY"],
  [3, "CURRENT"],
  [4, "VOLTAGE"],
  [5, "POWER"],
  [6, "PR"],
  [7, "DISCONNECTED"],
  [8, "FUSE_FAULT"],
  [9, "COMBINER_FUSE_FAULT"],
  [10, "COMBINER_CABINET_OPEN"],
  [11, "TEMP"],
  [12, "GROUNDFAULT"],
  [13, "REVERSED_POLARITY"],
  [14, "INCOMPATIBLE"],
  [15, "COMM_ERROR"],
  [16, "INTERNAL_ERROR"],
  [17, "THEFT"],
  [18, "ARC_DETECTED"],
]);

/** Bits that only a vendor's manual explains. */
export const NO_NAMES: Symbols = new Map();

/**
 * The name of a state: `UNKNOWN(17)` where 17 has none, null for null.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { OPERATING_STATES, stateName } from "./symbols.ts";
 *
 * strictEqual(stateName(OPERATING_STATES, 4), "MPPT");
 * strictEqual(stateName(OPERATING_STATES, 17), "UNKNOWN(17)");
 * ```
 */
export function stateName(names: Symbols, code: number | null): string | null {
  return code === null ? null : names.get(code) ?? `UNKNOWN(${code})`;
}

/**
 * The bits that are set, lowest first, by name or as `bit_<n>`; null for null.
 * A negative number or a fraction is no bitfield and gives null.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { bitNames, INVERTER_EVENTS } from "./symbols.ts";
 *
 * deepStrictEqual(bitNames(INVERTER_EVENTS, 0x10081), [
 *   "GROUND_FAULT",
 *   "OVER_TEMP",
 *   "bit_16",
 * ]);
 * ```
 */
export function bitNames(
  names: Symbols,
  value: number | bigint | null,
): readonly string[] | null {
  if (value === null || value < 0) return null;
  if (typeof value === "number" && !Number.isSafeInteger(value)) return null;
  const found: string[] = [];
  let rest = BigInt(value);
  for (let bit = 0; rest > 0n; bit++, rest >>= 1n) {
    if ((rest & 1n) === 1n) found.push(names.get(bit) ?? `bit_${bit}`);
  }
  return found;
}
