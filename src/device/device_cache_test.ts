import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { DeviceLayout } from "./layout.ts";
import { createDeviceMemory, parseRemembered } from "./device_cache.ts";

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

Deno.test("what is remembered of a unit comes back from JSON as it was", () => {
  const store = new Map<string, unknown>();
  const memory = createDeviceMemory(store);
  const remembered = {
    deviceId: "acme-x1-sn1",
    layout: LAYOUT,
    learned: { registersPerReadMax: 64, readsAcrossModels: false },
  };
  memory.set("a:502/3", remembered);
  store.set("a:502/3", JSON.parse(JSON.stringify(store.get("a:502/3"))));
  deepStrictEqual(memory.get("a:502/3"), remembered);
  deepStrictEqual(memory.keys(), ["a:502/3"]);
  memory.forget("a:502/3");
  strictEqual(memory.get("a:502/3"), undefined);
});

Deno.test("a layout that cannot be one counts as none, whatever the file says", () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => void parseRemembered(anything)),
  );
  const broken: Record<string, unknown>[] = [
    { base: -1 },
    { functionCode: 16 },
    { models: [] },
    { models: [{ id: 1, address: 40_003, length: 66 }] },
    { models: [{ id: 0xffff, address: 40_002, length: 66 }] },
    { models: [{ id: 1, address: 40_002, length: 30_000 }] },
    { end: "some day" },
    { identity: { manufacturer: 5 } },
    { oddities: [1] },
  ];
  for (const part of broken) {
    const found = parseRemembered({ layout: { ...LAYOUT, ...part }, id: "x" });
    strictEqual(found?.layout, null, JSON.stringify(part));
    strictEqual(found?.deviceId, "x");
  }
});
