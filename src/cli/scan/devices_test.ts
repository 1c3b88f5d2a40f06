import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { DiscoveredDevice } from "../../device/duplicates.ts";
import { countKinds, formatAliases, formatRanges, toDeviceTables } from "./devices.ts";

function device(
  host: string,
  unitId: number,
  model: string | null,
  serial: string | null,
): DiscoveredDevice {
  const manufacturer = model === null ? null : "Acme";
  return {
    at: { host, port: 502, unitId },
    layout: {
      unitId,
      functionCode: 3,
      base: 40_000,
      models: [{ id: 1, address: 40_002, length: 66 }],
      end: "end-model",
      identity: { manufacturer, model, options: null, firmware: "1", serial },
      oddities: [],
    },
    aliases: [],
  };
}

Deno.test("toDeviceTables() gives every device a table with a unique id", () => {
  const tables = toDeviceTables([
    device("10.0.0.1", 1, "X1", "SN7"),
    device("10.0.0.1", 2, "X1", "SN8"),
    device("10.0.0.2", 1, "X1", null),
    device("10.0.0.3", 1, "X1", null),
    device("10.0.0.4", 1, null, null),
  ]);
  deepStrictEqual(
    tables.map(({ id, host, unitIds }) => `${host} ${unitIds} ${id}`),
    [
      "10.0.0.1 1 acme-x1-sn7",
      "10.0.0.1 2 acme-x1-sn8",
      "10.0.0.2 1 acme-x1",
      "10.0.0.3 1 acme-x1-2",
      "10.0.0.4 1 device",
    ],
  );
  deepStrictEqual(tables[0]?.comments, [
    "unit 1: Acme X1, serial SN7, version 1; models 1",
  ]);
});

Deno.test("formatAliases() shortens units at the same address and brackets IPv6 addresses", () => {
  const at = { host: "10.0.0.1", port: 502, unitId: 1 };
  const aliases = [
    { ...at, unitId: 2 },
    { ...at, unitId: 3 },
    { host: "fe80::1", port: 1502, unitId: 1 },
  ];
  strictEqual(formatAliases(aliases, at), "units 2 to 3, [fe80::1]:1502 unit 1");
});

Deno.test("formatRanges() and countKinds() summarise lists", () => {
  strictEqual(formatRanges([201, 3, 200, 126]), "3, 126, 200 to 201");
  strictEqual(countKinds(["inverter", "meter", "meter"]), "inverter, 2 meters");
  strictEqual(countKinds([]), "-");
});
