import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createFakeClock } from "../../base/clock.ts";
import type { PlayedDevice } from "../../simulator/devices/simulated_device.ts";
import { startPlant } from "../../simulator/plant/start_plant.ts";
import { behindOneAddress, toDevices } from "./devices.ts";
import { type FaultOrder, parseFaultOrder } from "./faults.ts";
import { orderDevices, orderServers } from "./serve.ts";

const DAY_MS = 86_400_000;

Deno.test("the same plant twice has names, and gateways, of its own", async () => {
  const devices = await devicesOf("demo", "demo");
  strictEqual(new Set(devices.map(({ name }) => name)).size, devices.length);
  const meters = devices.filter(({ kind }) => kind === "meter");
  deepStrictEqual(meters.map(({ gateway }) => gateway), [
    ...["meters", "meters", "meters-2", "meters-2"],
  ]);
});

Deno.test("behind one address every device keeps its unit id, or gets a free one", async () => {
  const moved = behindOneAddress(await devicesOf("demo", "demo"));
  ok(moved.ok);
  const units = moved.value.map(({ unitId }) => unitId);
  strictEqual(new Set(units).size, units.length);
  deepStrictEqual([...new Set(moved.value.map(({ gateway }) => gateway))], ["gateway"]);
  const [first] = moved.value;
  strictEqual(first?.unitId, 1);
  ok(!behindOneAddress(Array.from({ length: 248 }, () => first)).ok);
});

Deno.test("what is neither a plant nor a dump is named, with the plants that there are", async () => {
  const found = await toDevices(["demoo"]);
  ok(!found.ok);
  ok(/^demoo: .*built-in plants: demo, one-of-each, two-days\)$/.test(found.fault));
});

Deno.test("an order for a device that there is not names those that there are", async () => {
  const ordered = orderDevices(await devicesOf("demo"), [order("meter:drop")], DAY_MS);
  ok(!ordered.ok);
  ok(ordered.fault.startsWith('--fault meter:drop: there is no device "meter"'));
  ok(ordered.fault.includes("meters, meter-1, meter-2"), ordered.fault);
});

Deno.test("offline takes the whole address; a mood without an inverter is a note", async () => {
  const orders = ["meter-1:offline", "battery-1:night", "night"].map(order);
  const ordered = orderDevices(await devicesOf("demo"), orders, DAY_MS);
  ok(ordered.ok);
  const { devices, notes } = ordered.value;
  const down = devices.filter((device) => device.isUp?.(0) === false);
  deepStrictEqual(down.map(({ name }) => name), ["meter-1", "meter-2"]);
  deepStrictEqual(notes, [
    "battery-1:night changes nothing: battery-1 has no inverter model",
  ]);
});

Deno.test("a fault for a unit strikes that unit alone, one for an address all of them", async () => {
  const devices = await devicesOf("demo");
  const plant = startPlant({ devices }, createFakeClock({ wallMs: 0 }));
  try {
    const orders = ["meter-2:silent", "meters:drop", "meters:sessions=1"].map(order);
    const inForce = orderServers(plant, devices, orders);
    deepStrictEqual(inForce.map(({ text }) => text), ["meter-2:silent", "meters:drop"]);
    deepStrictEqual(inForce.map(({ injected }) => injected.length), [1, 1]);
  } finally {
    await plant.close();
  }
});

async function devicesOf(...sources: string[]): Promise<readonly PlayedDevice[]> {
  const devices = await toDevices(sources);
  ok(devices.ok);
  return devices.value;
}

function order(text: string): FaultOrder {
  const parsed = parseFaultOrder(text);
  ok(parsed.ok);
  return parsed.value;
}
