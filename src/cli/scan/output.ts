/**
 * What `scan` prints: a table for people, one JSON object, or `[[devices]]`
 * tables. Pure.
 *
 * @module
 */

import type { AddressReport } from "../../discovery/address_report.ts";
import type { ScanReport } from "../../discovery/scanner.ts";
import type { Sighting } from "../../device/duplicates.ts";
import { deviceBlocks } from "../shared/device_blocks.ts";
import {
  countKinds,
  runs,
  type ScannedDevice,
  showAddress,
  showSightings,
  toBlocks,
} from "./devices.ts";
import { type Column, renderTable, type TableStyle, wrap } from "../terminal/table.ts";
import { plural } from "../terminal/words.ts";

/** An address that was left alone because an agent polls it. */
export interface Skipped {
  readonly host: string;
  /** Names of the devices that the agent polls there. */
  readonly devices: readonly string[];
}

/** All that a scan has to say. */
export interface ScanView {
  readonly report: ScanReport;
  readonly devices: readonly ScannedDevice[];
  readonly skipped: readonly Skipped[];
  /** How many hosts were to be scanned. */
  readonly hosts: number;
  readonly tookMs: number;
}

// What tells a device, and where it is, stays to the last.
const COLUMNS: readonly Column<ScannedDevice>[] = [
  { title: "address", right: false, dropped: 0, cell: ({ at }) => showAddress(at) },
  { title: "unit", right: true, dropped: 0, cell: ({ at }) => `${at.unitId}` },
  {
    title: "manufacturer",
    right: false,
    dropped: 4,
    cell: ({ layout }) => layout.identity.manufacturer ?? "-",
  },
  {
    title: "model",
    right: false,
    dropped: 0,
    elastic: true,
    cell: ({ layout }) => layout.identity.model ?? "-",
  },
  {
    title: "serial",
    right: false,
    dropped: 5,
    cell: ({ layout }) => layout.identity.serial ?? "-",
  },
  {
    title: "version",
    right: false,
    dropped: 2,
    cell: ({ layout }) => layout.identity.firmware ?? "-",
  },
  {
    title: "records",
    right: false,
    dropped: 3,
    cell: ({ subDevices }) => countKinds(subDevices),
  },
  {
    title: "models",
    right: false,
    dropped: 1,
    cell: ({ layout }) => layout.models.map(({ id }) => id).join(" "),
  },
];

/** The table, and beneath it what is odd and what was not looked at. */
export function toTable(view: ScanView, style: TableStyle): string {
  const { devices } = view;
  const lines: string[] = [];
  if (devices.length > 0) {
    const table = renderTable(COLUMNS, devices, style);
    const [titles = ""] = renderTable(COLUMNS, devices, { ...style, colour: false });
    const dropped = COLUMNS.map(({ title }) => title)
      .filter((title) => !new RegExp(`\\b${title}\\b`).test(titles));
    lines.push(...table, "");
    if (dropped.length > 0) {
      lines.push(
        ...wrap(`No room for ${dropped.join(", ")}: --json has all.`, style.width),
        "",
      );
    }
  }
  const notes = notesOf(view);
  if (notes.length > 0) {
    lines.push(...notes.flatMap((note) => wrap(note, style.width)), "");
  }
  lines.push(...wrap(summaryOf(view), style.width));
  return lines.map((line) => `${line}\n`).join("");
}

/** The `[[devices]]` tables. */
export function toToml({ devices }: ScanView): string {
  return deviceBlocks(toBlocks(devices)).trimStart();
}

/** One JSON object; its form is docs/schemas/scan.schema.json. */
export function toScanJson(
  { report, devices, skipped, hosts, tookMs }: ScanView,
): string {
  const plain = ({ host, port, unitId }: Sighting) => ({ host, port, unitId });
  const quiet = new Set(["silent", "refused"]);
  const count = (state: AddressReport["state"]): number =>
    report.addresses.filter((address) => address.state === state).length;
  return JSON.stringify({
    complete: report.complete,
    hosts,
    hostsDone: report.hostsDone,
    durationMs: Math.round(tookMs),
    devices: devices.map(({ at, layout, also, subDevices }) => ({
      ...plain(at),
      base: layout.base,
      functionCode: layout.functionCode,
      manufacturer: layout.identity.manufacturer,
      model: layout.identity.model,
      options: layout.identity.options,
      version: layout.identity.firmware,
      serial: layout.identity.serial,
      models: layout.models,
      subDevices,
      oddities: layout.oddities,
      also: also.map(plain),
    })),
    others: report.addresses
      .filter(({ state, notAsked, cut }) =>
        !quiet.has(state) && (state !== "found" || notAsked.length > 0 || cut)
      )
      .map(({ host, port, state, detail, asked, notAsked, cut }) => {
        return { host, port, state, detail, asked, notAsked, cut };
      }),
    silent: count("silent"),
    refused: count("refused"),
    skipped,
  });
}

function notesOf({ report, devices, skipped }: ScanView): string[] {
  const notes: string[] = [];
  for (const { at, layout, also } of devices) {
    const where = `${showAddress(at)} unit ${at.unitId}`;
    if (also.length > 0) {
      notes.push(`${where} answers at ${showSightings(also, at)} too.`);
    }
    for (const oddity of layout.oddities) notes.push(`${where}: ${oddity}.`);
  }
  notes.push(...notesOfAddresses(report.addresses));
  if (report.complete && isDeaf(report.addresses)) {
    notes.push(
      "Nobody answered, not even to refuse: is this machine in that network, " +
        "and is no firewall between?",
    );
  }
  for (const { host, devices } of skipped) {
    const names = devices.join(", ");
    notes.push(`${host} was left alone: the running agent polls it (${names}).`);
  }
  return notes;
}

/** So many addresses of which the same is to be said are named; the rest is counted. */
const SAME_NAMED_MAX = 4;

/** A note for each thing to say, not for each address: a firewall may answer for hundreds. */
function notesOfAddresses(addresses: readonly AddressReport[]): string[] {
  const places = new Map<string, string[]>();
  for (const address of addresses) {
    const says = saysOf(address);
    if (says === null) continue;
    places.set(says, [...places.get(says) ?? [], showAddress(address)]);
  }
  return [...places].map(([says, [first, ...others]]) => {
    const named = others.slice(0, SAME_NAMED_MAX).join(", ");
    const more = others.length - SAME_NAMED_MAX;
    const rest = more > 0 ? ` and ${more} more; --json has all` : "";
    const same = others.length > 0 ? ` The same holds for ${named}${rest}.` : "";
    return `${first}${says}${same}`;
  });
}

/** Whether not one address gave a sign of life. */
function isDeaf(addresses: readonly AddressReport[]): boolean {
  return addresses.length > 0 && addresses.every(({ state }) => state === "silent");
}

/** What an address is that is no device, and what was not asked of one that is; null = nothing to say. */
function saysOf(
  { state, detail, asked, notAsked, cut }: AddressReport,
): string | null {
  const late = cut ? ", and there was no time left" : "";
  switch (state) {
    case "silent":
    case "refused":
      return null;
    case "found": {
      if (notAsked.length === 0) return null;
      const why = cut
        ? "there was no time left"
        : "its absent units stay silent; --all-units asks them all";
      return `: units ${runs(notAsked)} were not asked: ${why}.`;
    }
    case "no-sunspec":
      return ` speaks Modbus, but none of the units asked (${runs(asked)}) is a ` +
        "SunSpec device; --all-units asks them all.";
    case "mute":
      return ` takes connections and answers nothing${late}.`;
    default:
      return ` is no device: ${detail ?? "it says nothing"}.`;
  }
}

function summaryOf({ report, devices, hosts, tookMs }: ScanView): string {
  const found = plural(devices.length, "device");
  const seconds = (tookMs / 1_000).toFixed(1);
  return report.complete
    ? `${found} at ${plural(hosts, "host")} in ${seconds} s.`
    : `Called off after ${seconds} s: ${found} until then; ` +
      `${report.hostsDone} of ${hosts} hosts were done.`;
}
