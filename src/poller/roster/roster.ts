/**
 * The roster: one entry for each unit to poll. Pure.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";
import type { Quirks } from "../../device/quirks.ts";

/** Default poll interval of a sleeping inverter, in ms. */
export const ASLEEP_INTERVAL_MS = 60_000;

/** How one configured device is polled. The device may have several units. */
export interface DeviceSettings {
  /** Null or absent = the id is derived from manufacturer, model and serial number. */
  readonly id?: string | null;
  /** Name or IP address. */
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  readonly intervalMs: number;
  /** Interval while the device sleeps; at least `intervalMs`. Default: {@linkcode ASLEEP_INTERVAL_MS}. */
  readonly asleepIntervalMs?: number;
  /** Whether every poll reads all models that have a definition, not only the used ones. Default: false. */
  readonly allModels?: boolean;
  /**
   * Whether the id of a device without a unique serial number contains its address, as
   * for devices that a scan has found: several of one model would have one id. Default: false.
   */
  readonly addressInId?: boolean;
  /** Total deadline of a request, in ms. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Quirks as configured. Default: none. */
  readonly quirks?: Quirks;
}

/** One unit to poll: the settings of its device, with its own address and id. */
export interface RosterEntry extends Omit<Required<DeviceSettings>, "id" | "unitIds"> {
  /** `host:port/unit`: identifies the entry, also before its id is known. Unique in a roster. */
  readonly key: string;
  readonly unitId: number;
  /** As configured; null = derived from the identity. Unique in a roster. */
  readonly deviceId: string | null;
}

/** A roster, and the entries that were rejected. */
export interface Roster {
  readonly entries: readonly RosterEntry[];
  /** Why entries were rejected, one text each. */
  readonly problems: readonly string[];
}

/**
 * Creates the roster: one entry per unit, in the order given. The ids of several units
 * are `<id>-<unit>`. Of two entries with the same unit or the same id the first is kept.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { toRoster } from "./roster.ts";
 *
 * const { entries } = toRoster([{
 *   id: "inv",
 *   host: "10.0.0.5",
 *   port: 502,
 *   unitIds: [1, 2],
 *   intervalMs: 10_000,
 *   timeoutMs: 3_000,
 *   connectTimeoutMs: 3_000,
 * }]);
 * deepStrictEqual(entries.map((entry) => [entry.key, entry.deviceId]), [
 *   ["10.0.0.5:502/1", "inv-1"],
 *   ["10.0.0.5:502/2", "inv-2"],
 * ]);
 * ```
 */
export function toRoster(devices: readonly DeviceSettings[]): Roster {
  const entries: RosterEntry[] = [];
  const problems: string[] = [];
  const keys = new Set<string>();
  const ids = new Map<string, string>();
  for (const entry of devices.flatMap(toEntries)) {
    const { key, deviceId } = entry;
    const owner = deviceId === null ? undefined : ids.get(deviceId);
    if (keys.has(key)) {
      problems.push(`${key} is configured twice; the second entry is ignored`);
    } else if (owner !== undefined) {
      problems.push(
        `${key} has the same id as ${owner}: ${deviceId}; it is not polled`,
      );
    } else {
      entries.push(entry);
      keys.add(key);
      if (deviceId !== null) ids.set(deviceId, key);
    }
  }
  return { entries, problems };
}

/** The key of a unit: `host:port/unit`, IPv6 addresses in brackets. */
export function unitKey(host: string, port: number, unitId: number): string {
  return `${formatAddress(host.toLowerCase(), port)}/${unitId}`;
}

/** Settings are spread, so that a new one needs no line here. */
function toEntries({ id = null, unitIds, ...settings }: DeviceSettings): RosterEntry[] {
  const { host, port, intervalMs, asleepIntervalMs = ASLEEP_INTERVAL_MS } = settings;
  return unitIds.map((unitId) => ({
    allModels: false,
    addressInId: false,
    quirks: {},
    ...settings,
    asleepIntervalMs: Math.max(intervalMs, asleepIntervalMs),
    key: unitKey(host, port, unitId),
    unitId,
    deviceId: id !== null && unitIds.length > 1 ? `${id}-${unitId}` : id,
  }));
}
