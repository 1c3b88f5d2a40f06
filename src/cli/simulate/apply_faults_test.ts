import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createFakeClock } from "../../testing/fake_clock.ts";
import type { SimulatedDevice } from "../../simulator/devices/simulated_device.ts";
import { startPlant } from "../../simulator/plant/start_plant.ts";
import { loadDevices, moveToOneAddress } from "./devices.ts";
import { type FaultSpec, parseFaultSpec } from "./fault_spec.ts";
import { applyDeviceFaults, applyServerFaults } from "./apply_faults.ts";

const DAY_MS = 86_400_000;

Deno.test("loadDevices() gives the devices and gateways of repeated plants unique names", async () => {
  const devices = await devicesOf("demo", "demo");
  strictEqual(new Set(devices.map(({ name }) => name)).size, devices.length);
  const meters = devices.filter(({ kind }) => kind === "meter");
  deepStrictEqual(meters.map(({ gateway }) => gateway), [
    ...["meters", "meters", "meters-2", "meters-2"],
  ]);
});

Deno.test("moveToOneAddress() keeps unit ids or assigns free ones", async () => {
  const moved = moveToOneAddress(await devicesOf("demo", "demo"));
  ok(moved.ok);
  const units = moved.value.map(({ unitId }) => unitId);
  strictEqual(new Set(units).size, units.length);
  deepStrictEqual([...new Set(moved.value.map(({ gateway }) => gateway))], ["gateway"]);
  const [first] = moved.value;
  strictEqual(first?.unitId, 1);
  ok(!moveToOneAddress(Array.from({ length: 248 }, () => first)).ok);
});

Deno.test("loadDevices() lists the plants if a source is unknown", async () => {
  const found = await loadDevices(["demoo"]);
  ok(!found.ok);
  ok(/^demoo: .*built-in plants: demo, one-of-each, two-days\)$/.test(found.fault));
});

Deno.test("applyDeviceFaults() lists the devices if a name is unknown", async () => {
  const applied = applyDeviceFaults(
    await devicesOf("demo"),
    [toSpec("meter:drop")],
    DAY_MS,
  );
  ok(!applied.ok);
  ok(applied.fault.startsWith('--fault meter:drop: unknown device "meter"'));
  ok(applied.fault.includes("meters, meter-1, meter-2"), applied.fault);
});

Deno.test("applyDeviceFaults() takes whole addresses offline and reports faults without effect", async () => {
  const specs = ["meter-1:offline", "battery-1:night", "night"].map(toSpec);
  const applied = applyDeviceFaults(await devicesOf("demo"), specs, DAY_MS);
  ok(applied.ok);
  const { devices, notes } = applied.value;
  const down = devices.filter((device) => device.isUp?.(0) === false);
  deepStrictEqual(down.map(({ name }) => name), ["meter-1", "meter-2"]);
  deepStrictEqual(notes, [
    "battery-1:night has no effect: battery-1 has no inverter model",
  ]);
});

Deno.test("applyServerFaults() applies a fault to one unit or to a whole address", async () => {
  const devices = await devicesOf("demo");
  const plant = startPlant({ devices }, createFakeClock({ wallMs: 0 }));
  try {
    const specs = ["meter-2:silent", "meters:drop", "meters:sessions=1"].map(toSpec);
    const active = applyServerFaults(plant, devices, specs);
    deepStrictEqual(active.map(({ text }) => text), ["meter-2:silent", "meters:drop"]);
    deepStrictEqual(active.map(({ injected }) => injected.length), [1, 1]);
  } finally {
    await plant.close();
  }
});

async function devicesOf(...sources: string[]): Promise<readonly SimulatedDevice[]> {
  const devices = await loadDevices(sources);
  ok(devices.ok);
  return devices.value;
}

function toSpec(text: string): FaultSpec {
  const parsed = parseFaultSpec(text);
  ok(parsed.ok);
  return parsed.value;
}
