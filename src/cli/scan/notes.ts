/**
 * The notes and the summary that `scan` prints below its table. Pure.
 *
 * @module
 */

import { formatAddress, formatUnitAddress } from "../../base/network/address.ts";
import { plural } from "../../base/format.ts";
import type { AddressReport, AddressState } from "../../discovery/address_report.ts";
import { formatAliases, formatRanges } from "./devices.ts";
import type { ScanView } from "./scan_view.ts";

/** Notes below the table: deviations from the specification, other addresses, and hosts that were skipped. */
export function notesOf({ report, devices, skipped }: ScanView): string[] {
  const notes: string[] = [];
  for (const { at, layout, aliases } of devices) {
    const where = formatUnitAddress(at.host, at.port, at.unitId);
    if (aliases.length > 0) {
      notes.push(`${where} also answers at ${formatAliases(aliases, at)}.`);
    }
    for (const oddity of layout.oddities) notes.push(`${where}: ${oddity}.`);
  }
  notes.push(...notesOfAddresses(report.addresses));
  if (report.complete && isAllSilent(report.addresses)) {
    notes.push(
      "No host replied, not even to refuse the connection. Check that this machine is " +
        "in that network and that no firewall blocks it.",
    );
  }
  for (const { host, devices } of skipped) {
    notes.push(`${host} was skipped: the running agent polls ${devices.join(", ")}.`);
  }
  return notes;
}

/** Number of further addresses with the same note that are listed; the others are counted. */
const SAME_LISTED_MAX = 4;

/** One note per finding, not per address: a firewall may answer for hundreds of addresses. */
function notesOfAddresses(addresses: readonly AddressReport[]): string[] {
  const byNote = new Map<string, string[]>();
  for (const address of addresses) {
    const note = noteOf(address);
    if (note === null) continue;
    const where = formatAddress(address.host, address.port);
    byNote.set(note, [...byNote.get(note) ?? [], where]);
  }
  return [...byNote].map(([note, [first, ...others]]) => {
    const listed = others.slice(0, SAME_LISTED_MAX).join(", ");
    const more = others.length - SAME_LISTED_MAX;
    const rest = more > 0 ? ` and ${more} more; --json lists all` : "";
    const same = others.length > 0 ? ` The same applies to ${listed}${rest}.` : "";
    return `${first}${note}${same}`;
  });
}

function isAllSilent(addresses: readonly AddressReport[]): boolean {
  return addresses.length > 0 && addresses.every(({ state }) => state === "silent");
}

/** Returns the text that follows the name of an address; null = nothing to report. */
function noteOf(
  { state, detail, asked, notAsked, cut }: AddressReport,
): string | null {
  switch (state) {
    case "silent":
    case "refused":
      return null;
    case "found": {
      if (notAsked.length === 0) return null;
      const why = cut
        ? "the time limit was reached"
        : "absent units do not answer; --all-units tries them all";
      return `: units ${formatRanges(notAsked)} were not tried: ${why}.`;
    }
    case "no-sunspec":
      return ` answers Modbus requests, but none of the units tried (${
        formatRanges(asked)
      }) ` +
        "is a SunSpec device; --all-units tries them all.";
    case "unresponsive":
      return ` accepts connections but does not respond${
        cut ? "; the time limit was reached" : ""
      }.`;
    default:
      return ` is not a SunSpec device: ${detail ?? "no response"}.`;
  }
}

/** The last line: what was found, or why nothing was. */
export function summaryOf(view: ScanView): string {
  const { report, devices, hosts, tookMs } = view;
  const found = plural(devices.length, "device");
  const seconds = (tookMs / 1_000).toFixed(1);
  if (!report.complete) {
    return `Cancelled after ${seconds} s: ${found} found, ` +
      `${report.hostsDone} of ${hosts} hosts scanned.`;
  }
  return devices.length > 0
    ? `${found} at ${plural(hosts, "host")} in ${seconds} s.`
    : nothingFound(view);
}

function nothingFound({ report: { addresses }, hosts }: ScanView): string {
  if (hosts === 0) return "No host was scanned.";
  const ports = [...new Set(addresses.map(({ port }) => port))].toSorted((a, b) =>
    a - b
  );
  const named = `${ports.length > 1 ? "ports" : "port"} ${ports.join(", ")}`;
  const isAll = (state: AddressState): boolean =>
    addresses.length > 0 && addresses.every((address) => address.state === state);
  const why = isAll("refused")
    ? `, ${named} closed`
    : isAll("silent")
    ? `, no reply on ${named}`
    : "";
  return `No SunSpec devices found: ${plural(hosts, "host")}${why}. ` +
    "Check address, port and that Modbus TCP is enabled";
}
