import { deepStrictEqual } from "node:assert/strict";
import type { AddressReport } from "../../discovery/address_report.ts";
import { renderScanTable } from "./output.ts";
import type { ScanView } from "./scan_view.ts";

function address(host: string, state: AddressReport["state"]): AddressReport {
  const units = { devices: [], asked: [1, 2, 3], notAsked: [], cut: false };
  return { host, port: 502, state, ...units, detail: null };
}

function viewOf(addresses: readonly AddressReport[]): ScanView {
  const report = { devices: [], addresses, hostsDone: 1, complete: true };
  return { report, devices: [], skipped: [], hosts: addresses.length, tookMs: 1_000 };
}

function linesOf(addresses: readonly AddressReport[]): string[] {
  return renderScanTable(viewOf(addresses), { width: Infinity, colour: false }).split(
    "\n",
  );
}

Deno.test("renderScanTable() reports the same state of many addresses once and counts the rest", () => {
  const unresponsive = Array.from(
    { length: 254 },
    (_, at) => address(`10.0.0.${at}`, "unresponsive"),
  );
  deepStrictEqual(linesOf([address("10.1.0.1", "silent"), ...unresponsive]), [
    "10.0.0.0:502 accepts connections but does not respond. The same applies to " +
    "10.0.0.1:502, 10.0.0.2:502, 10.0.0.3:502, 10.0.0.4:502 and 249 more; --json lists all.",
    "",
    "No SunSpec devices found: 255 hosts. " +
    "Check address, port and that Modbus TCP is enabled",
    "",
  ]);
});

Deno.test("renderScanTable() lists all addresses if there are few", () => {
  const few = [
    address("10.0.0.1", "no-sunspec"),
    address("10.0.0.2", "unresponsive"),
    address("10.0.0.3", "no-sunspec"),
  ];
  deepStrictEqual(linesOf(few).slice(0, 2), [
    "10.0.0.1:502 answers Modbus requests, but none of the units tried (1 to 3) is a SunSpec " +
    "device; --all-units tries them all. The same applies to 10.0.0.3:502.",
    "10.0.0.2:502 accepts connections but does not respond.",
  ]);
});

Deno.test("renderScanTable() suggests to check the network if no host replied", () => {
  const silent = [address("10.0.0.1", "silent"), address("10.0.0.2", "silent")];
  const [note] = linesOf(silent);
  deepStrictEqual(
    note,
    "No host replied, not even to refuse the connection. Check that this machine is in that network and that no firewall blocks it.",
  );
  const [first] = linesOf([...silent, address("10.0.0.3", "refused")]);
  deepStrictEqual(
    first,
    "No SunSpec devices found: 3 hosts. Check address, port and that Modbus TCP is enabled",
  );
});

Deno.test("renderScanTable() names the closed port if every host refused", () => {
  const [line] = linesOf([address("10.0.0.1", "refused")]);
  deepStrictEqual(
    line,
    "No SunSpec devices found: 1 host, port 502 closed. Check address, port and that Modbus TCP is enabled",
  );
});
