/**
 * Presents the devices of a scan: their kinds of records, their addresses and their
 * `[[devices]]` tables. Pure, except that definitions are loaded on demand.
 *
 * @module
 */

import { formatUnitAddress } from "../../base/network/address.ts";
import { loadDefinition } from "../../../models/index.ts";
import { isId } from "../../config/schema/names.ts";
import type { DiscoveredDevice, UnitAddress } from "../../device/duplicates.ts";
import { deriveId } from "../../device/device_id.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import type { Identity } from "../../sunspec/identity.ts";
import { decodeModel } from "../../sunspec/decode/decode.ts";
import { normalise } from "../../records/normalise/normalise.ts";
import { NORMALISED_MODELS } from "../../records/normalise/normalised_models.ts";
import { type DeviceTable, reserveName } from "../../config/device_tables.ts";

/** A device of a scan, with the kinds of its records. */
export interface ScannedDevice extends DiscoveredDevice {
  /** The kind of each record: `inverter`, `meter`, `meter`. */
  readonly subDevices: readonly string[];
}

/** The kinds of the records that the agent builds from a layout, in order. */
export async function subDevicesOf(layout: DeviceLayout): Promise<string[]> {
  const models = [];
  for (const at of layout.models) {
    if (!NORMALISED_MODELS.has(at.id)) continue;
    const definition = await loadDefinition(at.id);
    // The records depend only on the chain; no registers are needed.
    if (definition !== undefined) models.push(decodeModel(definition, at, []));
  }
  const context = {
    gateway: "",
    site: null,
    deviceId: "",
    unitId: layout.unitId,
    identity: layout.identity,
    slotsMissed: 0,
    intervalMs: 0,
    sampledAtMs: 0,
    readDurationMs: 0,
    clockSynced: null,
  };
  return normalise(context, models).map(({ type }) => recordKind(type));
}

/** `NormalizedInverterData` gives `inverter`. */
function recordKind(recordType: string): string {
  return recordType.replace(/^Normalized(.*)Data$/, "$1").toLowerCase();
}

/** `inverter, 3 meters`; `-` if there are none. */
export function countKinds(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const words = [...counts].map(([kind, count]) =>
    count === 1 ? kind : `${count} ${kind}s`
  );
  return words.length === 0 ? "-" : words.join(", ");
}

/** One `[[devices]]` table per device. Its id is derived from the identity, if possible. */
export function toDeviceTables(devices: readonly DiscoveredDevice[]): DeviceTable[] {
  const ids = new Set<string>();
  return devices.map((device) => ({
    comments: commentsOf(device),
    id: reserveName(idOf(device.layout.identity), ids),
    host: device.at.host,
    port: device.at.port,
    unitIds: [device.at.unitId],
  }));
}

function idOf(identity: Identity): string {
  const id = deriveId(identity, undefined);
  return id !== undefined && isId(id) ? id : "device";
}

function commentsOf({ at, layout, aliases }: DiscoveredDevice): string[] {
  const { manufacturer, model, serial, firmware } = layout.identity;
  const name = [manufacturer, model].filter((text) => text !== null).join(" ");
  const ids = layout.models.map(({ id }) => id).join(", ");
  return [
    `unit ${at.unitId}: ${name || "(no name)"}, serial ${serial ?? "-"}, ` +
    `version ${firmware ?? "-"}; models ${ids}`,
    ...aliases.length > 0 ? [`also answers at ${formatAliases(aliases, at)}`] : [],
  ];
}

/** `units 2, 3` for aliases at the same address, `host:port unit N` for others. */
export function formatAliases(
  aliases: readonly UnitAddress[],
  at: UnitAddress,
): string {
  const isHere = ({ host, port }: UnitAddress): boolean =>
    host === at.host && port === at.port;
  const units = aliases.filter(isHere).map(({ unitId }) => unitId);
  const here = units.length === 0
    ? []
    : [`${units.length > 1 ? "units" : "unit"} ${formatRanges(units)}`];
  const elsewhere = aliases.filter((one) => !isHere(one))
    .map(({ host, port, unitId }) => formatUnitAddress(host, port, unitId));
  return [...here, ...elsewhere].join(", ");
}

/** `3, 126, 200 to 204`. */
export function formatRanges(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === number - 1) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  return ranges.map(({ from, to }) => from === to ? `${from}` : `${from} to ${to}`)
    .join(", ");
}
