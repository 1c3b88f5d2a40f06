/**
 * The units of the configured addresses and their ids.
 *
 * @module
 */

import { formatAddress } from "../base/network/address.ts";
import type { DeviceConfig } from "./schema/schema.ts";

/** One unit of one `[[devices]]` table. */
export interface ConfiguredUnit {
  /** Id in every record; null = derived from manufacturer, model and serial number. */
  readonly id: string | null;
  /** Modbus unit id. */
  readonly unitId: number;
  /** The table of the unit. */
  readonly device: DeviceConfig;
}

/**
 * The units of a table in its order: `inv` with the unit ids 1 and 2 gives `inv-1` and
 * `inv-2`.
 */
export function unitsOf(device: DeviceConfig): readonly ConfiguredUnit[] {
  const several = device.unit_ids.length > 1;
  return device.unit_ids.map((unitId) => {
    const id = device.id !== null && several ? `${device.id}-${unitId}` : device.id;
    return { id, unitId, device };
  });
}

/** `host:port` in a form that is equal for two spellings of an address. */
export function configuredAddress(device: Pick<DeviceConfig, "host" | "port">): string {
  const host = device.host.toLowerCase().replace(/\.$/, "");
  return formatAddress(host, device.port);
}
