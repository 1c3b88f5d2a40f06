/**
 * Selects the values of a record that the table of the demo shows. Pure.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import type { Draft } from "../../records/record.ts";
import type { DemoDevice } from "./table.ts";

/** The values of a row; null if the record has none. */
export type DemoReadings = Pick<
  DemoDevice,
  "powerW" | "irradianceWm2" | "energyWh" | "chargePct"
>;

/** Selects the values from the fields of a record of any type. */
export function demoReadings(fields: Draft["fields"] | undefined): DemoReadings {
  const of = (name: string): number | null => numberIn(fields, name);
  return {
    powerW: of("ac_power_w") ?? of("dc_power_w"),
    irradianceWm2: of("ghi_w_m2") ?? numberIn(first(fields, "irradiances"), "ghi_w_m2"),
    energyWh: of("ac_energy_wh") ?? of("exported_energy_wh"),
    chargePct: of("soc_pct"),
  };
}

/** The first element of a list field. */
function first(fields: unknown, name: string): unknown {
  const list = isObject(fields) ? fields[name] : undefined;
  return Array.isArray(list) ? list[0] : undefined;
}

function numberIn(fields: unknown, name: string): number | null {
  const value = isObject(fields) ? fields[name] : undefined;
  return typeof value === "number" ? value : null;
}
