/**
 * What a scan found, as people and configurations want it. Pure but for the
 * definitions, which are loaded when they are needed.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { isId } from "../../config/schema/names.ts";
import {
  identityKey,
  type SeenDevice,
  type Sighting,
} from "../../device/duplicates.ts";
import { deriveId } from "../../device/device_id.ts";
import type { DeviceLayout, Identity } from "../../device/layout.ts";
import { decodeModel } from "../../sunspec/decode/decode.ts";
import { normalise, NORMALISED_MODELS } from "../../records/normalise/normalise.ts";
import { type DeviceBlock, freeName } from "../shared/device_blocks.ts";

/** A device of a scan, with the records that it will give. */
export interface ScannedDevice extends SeenDevice {
  /** One word for each record: `inverter`, `meter`, `meter`. */
  readonly subDevices: readonly string[];
}

/** The kinds of records that a layout will give, in their order. */
export async function subDevicesOf(layout: DeviceLayout): Promise<string[]> {
  const models = [];
  for (const at of layout.models) {
    if (!NORMALISED_MODELS.has(at.id)) continue;
    const definition = await loadDefinition(at.id);
    // Which records there are is a matter of the chain alone: no register is read.
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
  return normalise(context, models).map(({ type }) => kindOf(type));
}

/** `NormalizedInverterData` is an inverter. */
export function kindOf(recordType: string): string {
  return recordType.replace(/^Normalized(.*)Data$/, "$1").toLowerCase();
}

/** `inverter, 3 meters`; `-` for none. */
export function countKinds(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const words = [...counts].map(([kind, count]) =>
    count === 1 ? kind : `${count} ${kind}s`
  );
  return words.length === 0 ? "-" : words.join(", ");
}

/** `192.168.10.21`, with the port where it is not the usual one. */
export function showAddress({ host, port }: Omit<Sighting, "unitId">): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === 502 ? host : `${bracketed}:${port}`;
}

/**
 * One table for each address. A device that has a serial needs no name: it is
 * called after what it says of itself. The others get one.
 */
export function toBlocks(devices: readonly SeenDevice[]): DeviceBlock[] {
  const names = new Set<string>();
  const tables = new Map<string, SeenDevice[]>();
  for (const device of devices) {
    const { host, port, unitId } = device.at;
    const known = identityKey(device.layout.identity) !== undefined;
    const table = JSON.stringify(known ? [host, port] : [host, port, unitId]);
    tables.set(table, [...tables.get(table) ?? [], device]);
  }
  return [...tables.values()].flatMap((units): DeviceBlock[] => {
    const [first] = units;
    if (first === undefined) return [];
    const { identity } = first.layout;
    const known = identityKey(identity) !== undefined;
    return [{
      comments: units.flatMap(commentsOf),
      id: known ? null : freeName(nameOf(identity), names),
      host: first.at.host,
      port: first.at.port,
      unitIds: units.map(({ at }) => at.unitId),
    }];
  });
}

function nameOf(identity: Identity): string {
  const name = deriveId(identity, undefined);
  return name !== undefined && isId(name) ? name : "device";
}

function commentsOf({ at, layout, also }: SeenDevice): string[] {
  const { manufacturer, model, serial, firmware } = layout.identity;
  const who = [manufacturer, model].filter((text) => text !== null).join(" ");
  const ids = layout.models.map(({ id }) => id).join(", ");
  return [
    `unit ${at.unitId}: ${who || "(no name)"}, serial ${serial ?? "-"}, ` +
    `version ${firmware ?? "-"}; models ${ids}`,
    ...also.length > 0 ? [`it answers at ${showSightings(also, at)} too`] : [],
  ];
}

/** `units 2, 3`, or with the address where it is another one. */
export function showSightings(also: readonly Sighting[], at: Sighting): string {
  const here = also.filter(({ host, port }) => host === at.host && port === at.port);
  const elsewhere = also.filter((one) => !here.includes(one));
  const units = here.map(({ unitId }) => unitId);
  return [
    ...units.length > 0
      ? [`${units.length > 1 ? "units" : "unit"} ${runs(units)}`]
      : [],
    ...elsewhere.map((one) => `${showAddress(one)} unit ${one.unitId}`),
  ].join(", ");
}

/** `3, 126, 200 to 204`. */
export function runs(numbers: readonly number[]): string {
  const found: { from: number; to: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last.to === number - 1) last.to = number;
    else found.push({ from: number, to: number });
  }
  return found.map(({ from, to }) => from === to ? `${from}` : `${from} to ${to}`)
    .join(", ");
}
