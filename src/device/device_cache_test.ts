import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { DeviceLayout } from "./layout.ts";
import { createDeviceCache, parseCachedDevice } from "./device_cache.ts";

const LAYOUT: DeviceLayout = {
  unitId: 3,
  functionCode: 4,
  base: 40_000,
  models: [
    { id: 1, address: 40_002, length: 66 },
    { id: 103, address: 40_070, length: 50 },
  ],
  end: "end-model",
  identity: {
    manufacturer: "Acme",
    model: "X1",
    options: null,
    firmware: "1.0",
    serial: "SN1",
  },
  oddities: ["model 1 has length 65"],
};

Deno.test("an entry survives a round trip through JSON", () => {
  const store = new Map<string, unknown>();
  const cache = createDeviceCache(store);
  const entry = {
    deviceId: "acme-x1-sn1",
    layout: LAYOUT,
    learned: { registersPerReadMax: 64, readsAcrossModels: false },
  };
  cache.set("a:502/3", entry);
  store.set("a:502/3", JSON.parse(JSON.stringify(store.get("a:502/3"))));
  deepStrictEqual(cache.get("a:502/3"), entry);
  deepStrictEqual(cache.keys(), ["a:502/3"]);
  cache.delete("a:502/3");
  strictEqual(cache.get("a:502/3"), undefined);
});

Deno.test("parseCachedDevice() ignores an invalid layout and never throws", () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => void parseCachedDevice(anything)),
  );
  const broken: Record<string, unknown>[] = [
    { base: -1 },
    { functionCode: 16 },
    { models: [] },
    { models: [{ id: 1, address: 40_003, length: 66 }] },
    { models: [{ id: 0xffff, address: 40_002, length: 66 }] },
    { models: [{ id: 1, address: 40_002, length: 30_000 }] },
    { end: "unknown" },
    { identity: { manufacturer: 5 } },
    { oddities: [1] },
  ];
  for (const part of broken) {
    const found = parseCachedDevice({ layout: { ...LAYOUT, ...part }, id: "x" });
    strictEqual(found?.layout, null, JSON.stringify(part));
    strictEqual(found?.deviceId, "x");
  }
});
