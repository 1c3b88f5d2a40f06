/**
 * What of a record the demo's table shows, whatever kind it is of. Pure.
 *
 * @module
 */

import type { Draft } from "../../records/record.ts";
import type { DemoDevice } from "./table.ts";

/** The readings of a line; each is null where the record has none. */
export type DemoReadings = Pick<
  DemoDevice,
  "powerW" | "irradianceWm2" | "energyWh" | "chargePct"
>;

/** Takes them from a record's fields. */
export function demoReadings(fields: Draft["fields"] | undefined): DemoReadings {
  const of = (name: string): number | null => numberIn(fields, name);
  return {
    powerW: of("ac_power_w") ?? of("dc_power_w"),
    irradianceWm2: of("ghi_w_m2") ?? numberIn(first(fields, "irradiances"), "ghi_w_m2"),
    energyWh: of("ac_energy_wh") ?? of("exported_energy_wh"),
    chargePct: of("soc_pct"),
  };
}

/** The first of a list of records. */
function first(fields: unknown, name: string): unknown {
  const list = isObject(fields) ? fields[name] : undefined;
  return Array.isArray(list) ? list[0] : undefined;
}

function numberIn(fields: unknown, name: string): number | null {
  const value = isObject(fields) ? fields[name] : undefined;
  return typeof value === "number" ? value : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
