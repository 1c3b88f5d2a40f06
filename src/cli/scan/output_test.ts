import { deepStrictEqual } from "node:assert/strict";
import type { AddressReport } from "../../discovery/address_report.ts";
import { type ScanView, toTable } from "./output.ts";

function address(host: string, state: AddressReport["state"]): AddressReport {
  const units = { devices: [], asked: [1, 2, 3], notAsked: [], cut: false };
  return { host, port: 502, state, ...units, detail: null };
}

function viewOf(addresses: readonly AddressReport[]): ScanView {
  const report = { devices: [], addresses, hostsDone: 1, complete: true };
  return { report, devices: [], skipped: [], hosts: addresses.length, tookMs: 1_000 };
}

function linesOf(addresses: readonly AddressReport[]): string[] {
  return toTable(viewOf(addresses), { width: Infinity, colour: false }).split("\n");
}

Deno.test("what is the same of many addresses is said once, and the rest of them is counted", () => {
  const mute = Array.from({ length: 254 }, (_, at) => address(`10.0.0.${at}`, "mute"));
  deepStrictEqual(linesOf([address("10.1.0.1", "silent"), ...mute]), [
    "10.0.0.0 takes connections and answers nothing. The same holds for " +
    "10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4 and 249 more; --json has all.",
    "",
    "0 devices at 255 hosts in 1.0 s.",
    "",
  ]);
});

Deno.test("what is of one address, or of few, names all of them", () => {
  const few = [
    address("10.0.0.1", "no-sunspec"),
    address("10.0.0.2", "mute"),
    address("10.0.0.3", "no-sunspec"),
  ];
  deepStrictEqual(linesOf(few).slice(0, 2), [
    "10.0.0.1 speaks Modbus, but none of the units asked (1 to 3) is a SunSpec " +
    "device; --all-units asks them all. The same holds for 10.0.0.3.",
    "10.0.0.2 takes connections and answers nothing.",
  ]);
});

Deno.test("where nobody gave a sign of life the network itself is in question", () => {
  const silent = [address("10.0.0.1", "silent"), address("10.0.0.2", "silent")];
  const [note] = linesOf(silent);
  deepStrictEqual(
    note,
    "Nobody answered, not even to refuse: is this machine in that network, and is no firewall between?",
  );
  const [first] = linesOf([...silent, address("10.0.0.3", "refused")]);
  deepStrictEqual(first, "0 devices at 3 hosts in 1.0 s.");
});
