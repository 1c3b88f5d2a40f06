/**
 * `[[devices]]` for a plant that is played.
 *
 * @module
 */

import type { RunningPlant } from "../../src/simulator/plant/start_plant.ts";
import type { TomlTable } from "../../src/testing/agent/agent_config.ts";

/** One table an address. */
export function plantDevices(plant: RunningPlant, intervalMs: number): TomlTable[] {
  return plant.addresses.map(({ name, host, port, unitIds }) => ({
    id: name,
    host,
    port,
    ["unit_ids"]: unitIds,
    ["interval_ms"]: intervalMs,
    ["timeout_ms"]: 3_000,
  }));
}
