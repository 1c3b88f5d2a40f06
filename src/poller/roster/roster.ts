/**
 * Who is polled: one entry for each unit of each configured device. Pure.
 *
 * @module
 */

import type { Quirks } from "../../device/quirks.ts";
import type { Preference, Publication } from "../../records/record_builder.ts";

/** How often a sleeping inverter is asked whether it has woken. */
export const ASLEEP_INTERVAL_MS = 60_000;

/** A device as it is configured; it may have several units. */
export interface ConfiguredDevice {
  /** Without it the id is made of manufacturer, model and serial. */
  readonly id?: string;
  /** Name or IP address. */
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  readonly intervalMs: number;
  /** The interval while it sleeps; {@linkcode ASLEEP_INTERVAL_MS} if absent, and never less than by day. */
  readonly asleepIntervalMs?: number;
  /** Which to take where it shows one thing as integers and as floats; the floats if absent. */
  readonly prefer?: Preference;
  /** What its readings become; normalised records if absent. */
  readonly publish?: readonly Publication[];
  /** Total deadline of a request, in ms. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** What it needs, as far as somebody said so. */
  readonly quirks?: Quirks;
}

/** One unit to poll. */
export interface RosterEntry {
  /** `host:port/unit`: what the entry is called before it has an id. Unique in a roster. */
  readonly key: string;
  /** As configured; null = derived from the identity. Unique in a roster. */
  readonly deviceId: string | null;
  /** Name or IP address. */
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly unitId: number;
  readonly intervalMs: number;
  /** The interval while it sleeps, not less than `intervalMs`. */
  readonly asleepIntervalMs: number;
  readonly prefer: Preference;
  readonly publish: readonly Publication[];
  readonly timeoutMs: number;
  /** What the device needs, as configured. */
  readonly quirks: Quirks;
}

/** A roster, and what was left out of it. */
export interface Roster {
  readonly entries: readonly RosterEntry[];
  /** In words: entries that were left out, and why. */
  readonly problems: readonly string[];
}

/**
 * Makes the roster: one entry a unit, in the order given. With several units
 * the ids are `<id>-<unit>`. A unit that is named twice, or an id, stays where
 * it was named first.
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
export function toRoster(devices: readonly ConfiguredDevice[]): Roster {
  const entries: RosterEntry[] = [];
  const problems: string[] = [];
  const keys = new Set<string>();
  const ids = new Map<string, string>();
  for (const entry of devices.flatMap(toEntries)) {
    const { key, deviceId } = entry;
    const other = deviceId === null ? undefined : ids.get(deviceId);
    if (keys.has(key)) problems.push(`${key} is named twice; the first counts`);
    else if (other !== undefined) {
      problems.push(`${key} has the id ${deviceId} of ${other}; it is not polled`);
    } else {
      entries.push(entry);
      keys.add(key);
      if (deviceId !== null) ids.set(deviceId, key);
    }
  }
  return { entries, problems };
}

/** What an entry is called before it has an id: `host:port/unit`. */
export function keyOf(host: string, port: number, unitId: number): string {
  const name = host.toLowerCase();
  return `${name.includes(":") ? `[${name}]` : name}:${port}/${unitId}`;
}

function toEntries(device: ConfiguredDevice): RosterEntry[] {
  const { host, port, connectTimeoutMs, intervalMs, timeoutMs, quirks = {} } = device;
  return device.unitIds.map((unitId) => ({
    key: keyOf(host, port, unitId),
    deviceId: device.id === undefined
      ? null
      : device.unitIds.length > 1
      ? `${device.id}-${unitId}`
      : device.id,
    host,
    port,
    connectTimeoutMs,
    unitId,
    intervalMs,
    asleepIntervalMs: Math.max(
      intervalMs,
      device.asleepIntervalMs ?? ASLEEP_INTERVAL_MS,
    ),
    prefer: device.prefer ?? "float",
    publish: device.publish ?? ["normalized"],
    timeoutMs,
    quirks,
  }));
}
