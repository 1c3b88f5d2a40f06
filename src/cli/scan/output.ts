/**
 * The output of `scan`: a table, one JSON object, or `[[devices]]` tables. Pure.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";
import type { AddressReport, AddressState } from "../../discovery/address_report.ts";
import type { UnitAddress } from "../../device/duplicates.ts";
import { formatDeviceTables } from "../../config/device_tables.ts";
import { countKinds, type ScannedDevice, toDeviceTables } from "./devices.ts";
import { notesOf, summaryOf } from "./notes.ts";
import type { ScanView } from "./scan_view.ts";
import type { TextStyle } from "../terminal/style.ts";
import { hiddenTitles, renderTable, type TableColumn } from "../terminal/table.ts";
import { wrap } from "../terminal/text.ts";

// The identification and the address of a device are never hidden.
const COLUMNS: readonly TableColumn<ScannedDevice>[] = [
  {
    title: "address",
    alignRight: false,
    dropOrder: 0,
    cell: ({ at }) => formatAddress(at.host, at.port),
  },
  { title: "unit", alignRight: true, dropOrder: 0, cell: ({ at }) => `${at.unitId}` },
  {
    title: "manufacturer",
    alignRight: false,
    dropOrder: 4,
    cell: ({ layout }) => layout.identity.manufacturer ?? "-",
  },
  {
    title: "model",
    alignRight: false,
    dropOrder: 0,
    overflow: "shrink",
    cell: ({ layout }) => layout.identity.model ?? "-",
  },
  {
    title: "serial",
    alignRight: false,
    dropOrder: 5,
    cell: ({ layout }) => layout.identity.serial ?? "-",
  },
  {
    title: "version",
    alignRight: false,
    dropOrder: 2,
    cell: ({ layout }) => layout.identity.firmware ?? "-",
  },
  {
    title: "records",
    alignRight: false,
    dropOrder: 3,
    cell: ({ subDevices }) => countKinds(subDevices),
  },
  {
    title: "models",
    alignRight: false,
    dropOrder: 1,
    cell: ({ layout }) => layout.models.map(({ id }) => id).join(" "),
  },
];

/** Renders the table, followed by deviations from the specification and by what was not scanned. */
export function renderScanTable(view: ScanView, style: TextStyle): string {
  const { devices } = view;
  const paragraphs: string[][] = [];
  if (devices.length > 0) {
    paragraphs.push(renderTable(COLUMNS, devices, style));
    const hidden = hiddenTitles(COLUMNS, devices, style);
    if (hidden.length > 0) {
      const columns = `${hidden.length > 1 ? "Columns" : "Column"} ${
        hidden.map((title) => `"${title}"`).join(", ")
      }`;
      const note = `${columns} hidden: terminal too narrow. Use --json`;
      paragraphs.push(wrap(note, style.width));
    }
  }
  paragraphs.push(
    notesOf(view).flatMap((note) => wrap(note, style.width)),
    wrap(summaryOf(view), style.width),
  );
  return paragraphs.filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join("")).join("\n");
}

/** Renders the `[[devices]]` tables. */
export function renderScanToml({ devices }: ScanView): string {
  return formatDeviceTables(toDeviceTables(devices)).trimStart();
}

/** Values of `state` in the JSON output. */
const JSON_STATES: Readonly<Record<AddressState, string>> = {
  found: "found",
  "no-sunspec": "no-sunspec",
  unresponsive: "mute",
  "drops-connection": "hangs-up",
  foreign: "foreign",
  refused: "refused",
  silent: "silent",
  "unknown-host": "unknown-host",
};

/** Renders one JSON object; its form is defined in docs/schemas/scan.schema.json. */
export function renderScanJson(
  { report, devices, skipped, hosts, tookMs }: ScanView,
): string {
  const plain = ({ host, port, unitId }: UnitAddress) => ({ host, port, unitId });
  const counted: ReadonlySet<AddressState> = new Set(["silent", "refused"]);
  const count = (state: AddressReport["state"]): number =>
    report.addresses.filter((address) => address.state === state).length;
  return JSON.stringify({
    complete: report.complete,
    hosts,
    hostsDone: report.hostsDone,
    durationMs: Math.round(tookMs),
    devices: devices.map(({ at, layout, aliases, subDevices }) => ({
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
      also: aliases.map(plain),
    })),
    others: report.addresses
      .filter(({ state, notAsked, cut }) =>
        !counted.has(state) && (state !== "found" || notAsked.length > 0 || cut)
      )
      .map(({ host, port, state, detail, asked, notAsked, cut }) => {
        return {
          host,
          port,
          state: JSON_STATES[state],
          detail,
          asked,
          notAsked,
          cut,
        };
      }),
    silent: count("silent"),
    refused: count("refused"),
    skipped,
  });
}
