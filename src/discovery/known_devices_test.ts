import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type KnownDevice, mergeScan, parseKnownDevices } from "./known_devices.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { type DiscoveredDevice, mergeDuplicates } from "../device/duplicates.ts";

function deviceAt(host: string, serial: string | null): DiscoveredDevice {
  const layout: DeviceLayout = {
    unitId: 1,
    functionCode: 3,
    base: 40_000,
    models: [],
    end: "end-model",
    identity: { manufacturer: "A", model: "B", options: null, firmware: "1", serial },
    oddities: [],
  };
  return { at: { host, port: 502, unitId: 1 }, layout, aliases: [] };
}

/** Hosts with the serial numbers of their devices: `["a", "SN1"]`. */
function hostsWithSerials(
  known: readonly KnownDevice[],
): (readonly [string, string | null])[] {
  return known.map(({ at, identity }) => [at.host, identity.serial] as const);
}

const NO_ANSWERS = { complete: true, isResponding: () => false };

Deno.test("mergeScan() keeps each device once, at its latest address, however devices appear, disappear and swap", () => {
  const hosts = ["a", "b", "c", "d", "e"];
  // Each scan: serial numbers by host; a serial number is at one host at a time.
  const scan = fc.shuffledSubarray(["SN7", "SN8", "SN9"]).chain((serials) =>
    fc.shuffledSubarray(hosts, { minLength: serials.length, maxLength: serials.length })
      .map((at) => serials.map((serial, nth) => [at[nth] ?? "", serial] as const))
  );
  fc.assert(fc.property(fc.array(scan, { minLength: 1, maxLength: 8 }), (scans) => {
    let known: readonly KnownDevice[] = [];
    const lastSeen = new Map<string, string>();
    for (const now of scans) {
      const seen = now.map(([host, serial]) => deviceAt(host, serial));
      for (const one of seen) {
        known = mergeScan(known, [one], {
          complete: false,
          isResponding: () => false,
        }).known;
      }
      known = mergeScan(known, mergeDuplicates(seen), NO_ANSWERS).known;
      for (const [host, serial] of now) lastSeen.set(serial, host);
      const hostsKnown = hostsWithSerials(known).map(([host]) => host);
      strictEqual(new Set(hostsKnown).size, hostsKnown.length);
      for (const [host, serial] of now) {
        deepStrictEqual(
          hostsWithSerials(known).filter(([at]) => at === host),
          [[host, serial]],
        );
      }
      // A device that disappeared is kept unless another device replaced it.
      for (const [serial, host] of lastSeen) {
        const replaced = now.some(([at, other]) => at === host && other !== serial);
        const kept = hostsWithSerials(known).some(([at, who]) =>
          at === host && who === serial
        );
        ok(
          kept || replaced ||
            !hostsWithSerials(known).some(([, who]) => who === serial),
        );
      }
    }
  }));
});

Deno.test("mergeScan() does not move a device that still answers at its former address", () => {
  const known = mergeScan([], [deviceAt("a", "SN7")], NO_ANSWERS).known;
  const { known: after, changes } = mergeScan(known, [deviceAt("b", "SN7")], {
    complete: true,
    isResponding: () => true,
  });
  deepStrictEqual(hostsWithSerials(after), [["a", "SN7"]]);
  deepStrictEqual(changes, { added: [], moved: [], overflow: [] });
});

Deno.test("mergeScan() moves devices only when the scan is complete", () => {
  const known = mergeScan([], [deviceAt("a", "SN7")], NO_ANSWERS).known;
  const early = mergeScan(known, [deviceAt("b", "SN7")], {
    ...NO_ANSWERS,
    complete: false,
  });
  deepStrictEqual(hostsWithSerials(early.known), [["a", "SN7"]]);
  const { changes } = mergeScan(early.known, [deviceAt("b", "SN7")], NO_ANSWERS);
  deepStrictEqual(changes.moved.map(({ from, to }) => [from.host, to.at.host]), [
    ["a", "b"],
  ]);
});

Deno.test("mergeScan() recognises devices without a unique serial number by address only", () => {
  for (const serial of [null, "", "0000000", "123456789"]) {
    const known =
      mergeScan([], [deviceAt("a", serial), deviceAt("b", serial)], NO_ANSWERS).known;
    deepStrictEqual(hostsWithSerials(known).map(([host]) => host), ["a", "b"]);
    const later = mergeScan(known, [deviceAt("c", serial)], NO_ANSWERS);
    strictEqual(later.changes.moved.length, 0);
    strictEqual(later.known.length, 3);
  }
});

Deno.test("parseKnownDevices() restores saved devices and ignores everything else", () => {
  const { known } = mergeScan(
    [],
    [deviceAt("a", "SN7"), deviceAt("b", null)],
    NO_ANSWERS,
  );
  deepStrictEqual(parseKnownDevices(JSON.parse(JSON.stringify(known))), known);
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    deepStrictEqual(parseKnownDevices([value]), []);
    ok(Array.isArray(parseKnownDevices(value)));
  }));
});
