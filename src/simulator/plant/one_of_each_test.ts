import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createBattery } from "../devices/battery.ts";
import { type Cell, peek } from "../cell.ts";
import { BATTERY_IMAGE } from "../images/battery.ts";
import { COMBINER_IMAGE } from "../images/combiner.ts";
import { HYBRID_IMAGE } from "../images/hybrid.ts";
import { WEATHER_IMAGE } from "../images/weather.ts";
import { createPlantOfEachKind } from "./one_of_each.ts";
import type { SimulatedDevice } from "../devices/simulated_device.ts";
import { DAY_MS, HOUR_MS } from "./sun.ts";

const CELLS: Readonly<Record<string, Readonly<Partial<Record<string, Cell>>>>> = {
  "battery-1": BATTERY_IMAGE.cells,
  "hybrid-1": HYBRID_IMAGE.cells,
  "weather-1": WEATHER_IMAGE.cells,
  "combiner-1": COMBINER_IMAGE.cells,
};

Deno.test("createBattery() has a state of charge that follows from its energy, the same every day", () => {
  const capacityWh = 20_500;
  const battery = createBattery(capacityWh);
  const stepMs = 60_000;
  let energyWh = battery.chargeAt(0) * capacityWh / 100;
  for (let simMs = 0; simMs < 2 * DAY_MS; simMs += stepMs) {
    energyWh -= battery.powerAt(simMs + stepMs / 2) * stepMs / HOUR_MS;
    const charge = battery.chargeAt(simMs + stepMs);
    ok(charge >= 25 && charge <= 90);
    ok(Math.abs(energyWh - charge * capacityWh / 100) < 1, `at ${simMs} ms`);
  }
});

Deno.test("registers of each kind are consistent at any time", () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(2 * DAY_MS), (seed, simMs) => {
      const { devices } = createPlantOfEachKind(seed);
      for (const device of devices) device.update(simMs);

      const battery = reader(devices, "battery-1");
      near(battery("A"), battery("string[0].StrA") + battery("string[1].StrA"), 1e-6);
      near(battery("W"), battery("A") * battery("V"), 45);
      near(battery("SoC") + battery("DoD"), 100, 0.11);

      const hybrid = reader(devices, "hybrid-1");
      near(hybrid("W"), hybrid("WL1") + hybrid("WL2") + hybrid("WL3"), 1e-6);
      near(hybrid("W"), hybrid("DCW") * 0.97, 35);
      near(hybrid("DCW"), sum([0, 1, 2].map((at) => hybrid(`Prt[${at}].DCW`))), 1e-6);

      const combiner = reader(devices, "combiner-1");
      const inputs = [0, 1, 2, 3];
      for (const point of ["DCW", "DCA", "DCWh"]) {
        const each = inputs.map((at) => combiner(`string[${at}].In${point}`));
        near(combiner(point), sum(each), 1e-6);
      }

      const dark = combiner("DCW") === 0;
      const weather = reader(devices, "weather-1");
      if (!dark) ok(weather("repeating[0].GHI") > 0);
      ok(weather("temp[0].TmpBOM") >= weather("TmpAmb"));
    }),
    { numRuns: 60 },
  );
});

Deno.test("energies of each kind never decrease, and those of PV increase", () => {
  const { devices } = createPlantOfEachKind(3);
  const counters = Object.entries(CELLS).flatMap(([name, cells]) =>
    Object.keys(cells).filter((path) => /Wh(Inj|Abs)?$/.test(path))
      .map((path) => [`${name} ${path}`, () => reader(devices, name)(path)] as const)
  );
  strictEqual(counters.length, 12);
  let last = counters.map(([, read]) => read());
  const start = last;
  for (let simMs = 0; simMs < DAY_MS; simMs += 7 * 60_000) {
    for (const device of devices) device.update(simMs);
    const now = counters.map(([, read]) => read());
    now.forEach((value, at) => ok(value >= (last[at] ?? 0), counters[at]?.[0]));
    last = now;
  }
  counters.forEach(([name], at) => {
    const still = /Prt\[[01]\].DCWhAbs/.test(name); // PV inputs absorb no energy
    strictEqual((last[at] ?? 0) > (start[at] ?? 0), !still, name);
  });
});

/** Reads the values of a device by path. */
function reader(
  devices: readonly SimulatedDevice[],
  name: string,
): (path: string) => number {
  const image = devices.find((device) => device.name === name)?.image;
  return (path) => {
    const cell = CELLS[name]?.[path];
    ok(image && cell, `${name} has no ${path}`);
    return peek(image, cell);
  };
}

function near(actual: number, expected: number, tolerance: number): void {
  ok(Math.abs(actual - expected) <= tolerance, `${actual} is not near ${expected}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
