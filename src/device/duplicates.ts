/**
 * One device seen at several unit ids or addresses is one device. Pure.
 *
 * @module
 */

import type { DeviceLayout, Identity } from "./layout.ts";

/** What makers leave in where they never wrote a serial: two devices with it are two devices. */
const PLACEHOLDER =
  /^(?:(.)\1*|0?1234(?:5(?:6(?:7(?:89?0?)?)?)?)?|n\/?a|none|null|unknown|default|s\/?n|serial(?: ?(?:number|no\.?))?)$/i;

/**
 * What tells a device from every other, wherever it is seen: manufacturer,
 * model and serial.
 *
 * @returns undefined if the device has no serial that tells it from others.
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

/** Where a device was seen. */
export interface Sighting {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
}

/** A device, and everywhere that it was seen. */
export interface SeenDevice {
  /** Where it was seen first. */
  readonly at: Sighting;
  readonly layout: DeviceLayout;
  /** Where else it answers. */
  readonly also: readonly Sighting[];
}

/** Joins what is one device; the order stays. */
export function joinDevices(seen: Iterable<SeenDevice>): SeenDevice[] {
  const joined: { at: Sighting; layout: DeviceLayout; also: Sighting[] }[] = [];
  const byKey = new Map<string, { readonly also: Sighting[] }>();
  for (const { at, layout, also } of seen) {
    const key = identityKey(layout.identity);
    const before = key === undefined ? undefined : byKey.get(key);
    if (before !== undefined) {
      before.also.push(at, ...also);
      continue;
    }
    const device = { at, layout, also: [...also] };
    joined.push(device);
    if (key !== undefined) byKey.set(key, device);
  }
  return joined;
}
