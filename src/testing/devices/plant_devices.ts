/**
 * `[[devices]]` tables for a simulated plant.
 *
 * @module
 */

import type { RunningPlant } from "../../simulator/plant/start_plant.ts";
import type { ConfigTable } from "../agent/agent_config.ts";

/** One table for each address. */
export function plantDevices(plant: RunningPlant, intervalMs: number): ConfigTable[] {
  return plant.addresses.map(({ name, host, port, unitIds }) => ({
    id: name,
    host,
    port,
    ["unit_ids"]: unitIds,
    ["interval_ms"]: intervalMs,
    ["timeout_ms"]: 3_000,
  }));
}
