/**
 * Recognises one device that answers at several unit ids or addresses. Pure.
 *
 * @module
 */

import type { Identity } from "../sunspec/identity.ts";
import type { DeviceLayout } from "./layout.ts";

/** Placeholders that manufacturers leave where no serial number was written: they identify nothing. */
const PLACEHOLDER =
  /^(?:(.)\1*|0?1234(?:5(?:6(?:7(?:89?0?)?)?)?)?|n\/?a|none|null|unknown|default|s\/?n|serial(?: ?(?:number|no\.?))?)$/i;

/**
 * A key that identifies a device independently of its address: manufacturer,
 * model and serial number.
 *
 * @returns undefined if the device has no unique serial number.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { identityKey } from "./duplicates.ts";
 *
 * const device = { manufacturer: "A", model: "B", options: null, firmware: "1" };
 * strictEqual(identityKey({ ...device, serial: "0042" }), '["A","B","0042"]');
 * strictEqual(identityKey({ ...device, serial: "0000" }), undefined);
 * ```
 */
export function identityKey(
  { manufacturer, model, serial }: Identity,
): string | undefined {
  const text = serial?.trim() ?? "";
  if (text === "" || PLACEHOLDER.test(text)) return undefined;
  return JSON.stringify([manufacturer, model, text]);
}

/** The address of one Modbus unit. */
export interface UnitAddress {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
}

/** A device that a scan found, with every address at which it answers. */
export interface DiscoveredDevice {
  /** The address at which it was found first. */
  readonly at: UnitAddress;
  readonly layout: DeviceLayout;
  /** Further addresses of the same device. */
  readonly aliases: readonly UnitAddress[];
}

/** Merges entries of the same device; keeps the order of first occurrence. */
export function mergeDuplicates(
  found: Iterable<DiscoveredDevice>,
): DiscoveredDevice[] {
  const merged: (DiscoveredDevice & { readonly aliases: UnitAddress[] })[] = [];
  const byKey = new Map<string, { readonly aliases: UnitAddress[] }>();
  for (const { at, layout, aliases } of found) {
    const key = identityKey(layout.identity);
    const first = key === undefined ? undefined : byKey.get(key);
    if (first !== undefined) {
      first.aliases.push(at, ...aliases);
      continue;
    }
    const device = { at, layout, aliases: [...aliases] };
    merged.push(device);
    if (key !== undefined) byKey.set(key, device);
  }
  return merged;
}
