/**
 * The units behind the configured addresses, and their names.
 *
 * @module
 */

import type { DeviceConfig } from "./schema/schema.ts";

/** One unit of one `[[devices]]` table. */
export interface ConfiguredUnit {
  /** Its name in every record; null = to be made of what the device says of itself. */
  readonly id: string | null;
  /** Modbus unit id. */
  readonly unitId: number;
  /** The table that it comes from. */
  readonly device: DeviceConfig;
}

/** The units of a table, in its order: `inv` with the unit ids 1 and 2 is `inv-1` and `inv-2`. */
export function unitsOf(device: DeviceConfig): readonly ConfiguredUnit[] {
  const several = device.unit_ids.length > 1;
  return device.unit_ids.map((unitId) => {
    const id = device.id !== null && several ? `${device.id}-${unitId}` : device.id;
    return { id, unitId, device };
  });
}

/** `host:port` so that two spellings of one address are one text. */
export function addressKey(device: Pick<DeviceConfig, "host" | "port">): string {
  const host = device.host.toLowerCase().replace(/\.$/, "");
  return host.includes(":") ? `[${host}]:${device.port}` : `${host}:${device.port}`;
}
