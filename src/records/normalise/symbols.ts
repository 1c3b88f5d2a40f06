/**
 * Symbols of states and bits, the same for all models. SunSpec's definitions
 * differ: the same state is `OFF` in model 103 and `ggOFF` in 111, and the same
 * bit is `Power_Failure` in 201 and `M_EVENT_Power_Failure` in 203.
 *
 * @module
 */

/** Symbols by number. */
export type Symbols = ReadonlyMap<number, string>;

/** Operating states of inverters (101-103, 111-113: St). */
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

/** Operating states of MPPT inputs (160: DCSt). Only inputs have TEST. */
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

/** For bits that are defined in vendor manuals only. */
export const NO_SYMBOLS: Symbols = new Map();

/**
 * The symbol of a state, or `UNKNOWN(17)` if 17 has none; null for null.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { OPERATING_STATES, stateSymbol } from "./symbols.ts";
 *
 * strictEqual(stateSymbol(OPERATING_STATES, 4), "MPPT");
 * strictEqual(stateSymbol(OPERATING_STATES, 17), "UNKNOWN(17)");
 * ```
 */
export function stateSymbol(names: Symbols, code: number | null): string | null {
  return code === null ? null : names.get(code) ?? `UNKNOWN(${code})`;
}

/**
 * The symbols of the set bits, lowest bit first; a bit without a symbol is
 * `bit_<n>`. Null for null, a negative number or a fraction.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { bitSymbols, INVERTER_EVENTS } from "./symbols.ts";
 *
 * deepStrictEqual(bitSymbols(INVERTER_EVENTS, 0x10081), [
 *   "GROUND_FAULT",
 *   "OVER_TEMP",
 *   "bit_16",
 * ]);
 * ```
 */
export function bitSymbols(
  names: Symbols,
  value: number | bigint | null,
): readonly string[] | null {
  if (value === null || value < 0) return null;
  if (typeof value === "number" && !Number.isSafeInteger(value)) return null;
  const found: string[] = [];
  if (value === 0) return found;
  let rest = BigInt(value);
  for (let bit = 0; rest > 0n; bit++, rest >>= 1n) {
    if ((rest & 1n) === 1n) found.push(names.get(bit) ?? `bit_${bit}`);
  }
  return found;
}
