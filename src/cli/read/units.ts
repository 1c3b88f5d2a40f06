/**
 * Units for display. Pure.
 *
 * @module
 */

/**
 * Units that SunSpec definitions write in a form of their own, and the usual form.
 * Empty: the text is not a unit (a power factor has none, a date has a format).
 */
const USUAL_UNITS: Readonly<Record<string, string>> = {
  "Pct": "%",
  "VNomPct": "% VNom",
  "WMaxPct": "% WMax",
  "VarPct": "% Var",
  "%WHRtg": "% WHRtg",
  "%Max/Sec": "% Max/s",
  "% WMax/sec": "% WMax/s",
  "% WChaMax/sec": "% WChaMax/s",
  "%ARtg/%dV": "% ARtg/% dV",
  "% VArAval": "% VArAvail",
  "cos()": "",
  "PF": "",
  "SF": "",
  "text": "",
  "DeptRef": "",
  "YYYYMMDD": "",
  "hhmmss": "",
  "hhmmss.sssZ": "",
  "Secs": "s",
  "Sec": "s",
  "Tms": "s",
  "mSecs": "ms",
  "Tmh": "h",
  "Tmd": "d",
  "C": "°C",
  "Degrees": "°",
  "deg": "°",
  "W/m2": "W/m²",
  "W/m^2": "W/m²",
  "Var": "var",
  "Varh": "varh",
  "WH": "Wh",
  "AH": "Ah",
  "kAH": "kAh",
  "ohms": "Ω",
  "kO": "kΩ",
  "meters": "m",
  "mps": "m/s",
  "Vm": "V/m",
  "HPa": "hPa",
  "bps": "bit/s",
  "Mbps": "Mbit/s",
};

/**
 * The usual form of a unit of a SunSpec definition; empty if the text is not a unit.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { usualUnit } from "./units.ts";
 *
 * strictEqual(usualUnit("Pct"), "%");
 * strictEqual(usualUnit("cos()"), "");
 * strictEqual(usualUnit("Wh"), "Wh");
 * ```
 */
export function usualUnit(unit: string): string {
  const trimmed = unit.trim();
  return USUAL_UNITS[trimmed] ?? trimmed;
}
