/**
 * The project's own literal devices, served by an independent Modbus server.
 *
 * @module
 */

import {
  INVERTER,
  type LiteralDevice,
  METER,
} from "../../src/testing/devices/devices.ts";
import {
  type PymodbusServer,
  startPymodbus,
} from "../../src/testing/devices/pymodbus.ts";

/** The served devices, as units of one address. */
export const LITERAL_DEVICES: readonly LiteralDevice[] = [INVERTER, METER];

/** Starts the server; the dumps are written into `folder`. */
export async function startLiteralServer(folder: string): Promise<PymodbusServer> {
  const units: Record<number, string> = {};
  for (const { unitId, base, registers } of LITERAL_DEVICES) {
    const path = `${folder}/unit-${unitId}.json`;
    await Deno.writeTextFile(path, JSON.stringify({ base, registers }));
    units[unitId] = path;
  }
  return await startPymodbus({ units });
}

/** `[[devices]]` tables of an agent that reads them at `port`. */
export function literalDevices(
  port: number,
  more: Readonly<Record<string, number>> = {},
): readonly Readonly<Record<string, string | number | readonly number[]>>[] {
  const address = { host: "127.0.0.1", port, ...more };
  return [
    { id: "inv-01", ...address, ["unit_ids"]: [INVERTER.unitId] },
    { id: "met-01", ...address, ["unit_ids"]: [METER.unitId] },
  ];
}
