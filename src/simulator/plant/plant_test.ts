import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { type Cell, peek } from "../cell.ts";
import type { DeviceImage } from "../device_image.ts";
import { BATTERY_IMAGE } from "../images/battery.ts";
import { COMBINER_IMAGE } from "../images/combiner.ts";
import { OLD_COMBINER_IMAGE } from "../images/combiner_old.ts";
import { DER_IMAGE } from "../images/der.ts";
import { HYBRID_IMAGE } from "../images/hybrid.ts";
import { WEATHER_IMAGE } from "../images/weather.ts";
import { MINI_WEATHER_IMAGE } from "../images/mini_weather.ts";
import { DELTA_METER_IMAGE } from "../images/delta_meter.ts";
import { FLOAT_THREE_PHASE_IMAGE } from "../images/float_three_phase.ts";
import { SINGLE_PHASE_IMAGE } from "../images/single_phase.ts";
import { THREE_PHASE_IMAGE } from "../images/three_phase.ts";
import { WYE_METER_IMAGE } from "../images/wye_meter.ts";
import { createImageOf, type ImageLiteral, parseRegisters } from "../literal.ts";
import { type NotedValue, readNotes } from "../../testing/devices/image_notes.ts";
import { createPlant } from "./plant.ts";
import type { SimulatedDevice } from "../devices/simulated_device.ts";
import { createSun, DAY_MS, HOUR_MS } from "./sun.ts";

const LITERALS: Readonly<Record<string, ImageLiteral<string>>> = {
  THREE_PHASE: THREE_PHASE_IMAGE,
  FLOAT_THREE_PHASE: FLOAT_THREE_PHASE_IMAGE,
  SINGLE_PHASE: SINGLE_PHASE_IMAGE,
  WYE_METER: WYE_METER_IMAGE,
  DELTA_METER: DELTA_METER_IMAGE,
  BATTERY: BATTERY_IMAGE,
  HYBRID: HYBRID_IMAGE,
  WEATHER: WEATHER_IMAGE,
  MINI_WEATHER: MINI_WEATHER_IMAGE,
  COMBINER: COMBINER_IMAGE,
  COMBINER_OLD: OLD_COMBINER_IMAGE,
  DER: DER_IMAGE,
};

for (const [name, literal] of Object.entries(LITERALS)) {
  Deno.test(`${name}: every cell matches the note of its point`, () => {
    const image = createImageOf(literal);
    const noted = new Map<string, NotedValue>();
    for (const model of readNotes(literal.text)) {
      for (const [path, value] of model.points) noted.set(path, value);
    }
    for (const [path, cell] of Object.entries(literal.cells)) {
      if (cell !== undefined) strictEqual(peek(image, cell), noted.get(path), path);
    }
  });

  Deno.test(`${name}: the notes match the model chain of the registers`, () => {
    const registers = parseRegisters(literal.text);
    deepStrictEqual([...registers.slice(0, 2)], [0x5375, 0x6e53]);
    let at = 2;
    for (const { id, address, length } of readNotes(literal.text)) {
      strictEqual(address, literal.base + at);
      deepStrictEqual([...registers.slice(at, at + 2)], [id, length]);
      at += 2 + length;
    }
    deepStrictEqual([...registers.slice(at)], [0xffff, 0]);
  });
}

Deno.test("parseRegisters() rejects a word that is not a register", () => {
  throws(
    () => parseRegisters("5375 6E5"),
    /^SyntaxError: "6E5" is not a register: expected four hex digits/,
  );
});

Deno.test("createSun() is 0 at night and between 0 and 1 by day", () => {
  fc.assert(fc.property(fc.integer(), fc.nat(10 * DAY_MS), (seed, simMs) => {
    const fraction = createSun({ seed }).fraction(simMs);
    ok(fraction >= 0 && fraction <= 1);
    const hour = (simMs % DAY_MS) / HOUR_MS;
    if (hour < 6 || hour > 20) strictEqual(fraction, 0);
    if (hour > 8 && hour < 18) ok(fraction > 0.05);
  }));
});

Deno.test("createPlant() has consistent registers at any time of a day", () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(2 * DAY_MS), (seed, simMs) => {
      const { devices } = createPlant({ seed });
      for (const device of devices) device.update(simMs);
      const [first, second, third, grid] = devices;
      ok(first && second && third && grid);
      let produced = 0;
      const kinds = [
        [first, THREE_PHASE_IMAGE, 2],
        [second, FLOAT_THREE_PHASE_IMAGE, 3],
        [third, SINGLE_PHASE_IMAGE, 0],
      ] as const;
      for (const [device, literal, modules] of kinds) {
        const value = reader(device.image, literal.cells);
        produced += value("W");
        near(value("W"), value("DCW") * 0.97, 25);
        near(value("A"), value("AphA") + value("AphB") + value("AphC"), 1e-3);
        ok(value("VA") >= value("W"));
        strictEqual(value("St") === 4, value("W") > 0);
        if (modules === 0) continue;
        const each = Array.from({ length: modules }, (_, at) => `module[${at}]`);
        near(value("DCW"), sum(each.map((module) => value(`${module}.DCW`))), 1e-6);
        near(value("DCA"), sum(each.map((module) => value(`${module}.DCA`))), 1e-3);
      }
      const meter = reader(grid.image, WYE_METER_IMAGE.cells);
      strictEqual(meter("W"), meter("WphA") + meter("WphB") + meter("WphC"));
      const load = reader(devices[4]?.image ?? grid.image, DELTA_METER_IMAGE.cells)(
        "W",
      );
      near(meter("W"), load - produced, 30);
    }),
    { numRuns: 60 },
  );
});

Deno.test("energy counters never decrease and follow the power", () => {
  const { devices } = createPlant({ seed: 3 });
  const counters: [SimulatedDevice, Cell][] = [];
  const literals = [
    THREE_PHASE_IMAGE,
    FLOAT_THREE_PHASE_IMAGE,
    SINGLE_PHASE_IMAGE,
    WYE_METER_IMAGE,
    DELTA_METER_IMAGE,
  ];
  devices.forEach((device, at) => {
    for (const [path, cell] of Object.entries(literals[at]?.cells ?? {})) {
      if (cell && /WH|Wh(Exp|Imp)/.test(path)) counters.push([device, cell]);
    }
  });
  ok(counters.length > 15);
  const read = (): number[] => counters.map(([{ image }, cell]) => peek(image, cell));
  const start = read();
  let last = start;
  for (let simMs = 6 * HOUR_MS; simMs < 30 * HOUR_MS; simMs += 7 * 60_000) {
    for (const device of devices) device.update(simMs);
    const now = read();
    now.forEach((value, at) => ok(value >= (last[at] ?? 0)));
    last = now;
  }
  const dayWh = (last[0] ?? 0) - (start[0] ?? 0);
  ok(dayWh > 200_000 && dayWh < 800_000, `${dayWh} Wh of 60 kW in a day`);
});

Deno.test("createPlant() gives unique serial numbers, and unique unit ids per gateway", () => {
  const { devices } = createPlant({ inverters: 12, meters: 5, seed: 1 });
  const serials = devices.map(({ image }) => image.registers.slice(52, 57).join());
  strictEqual(new Set(serials).size, 17);
  const units = devices.flatMap(({ gateway, unitId }) => gateway ? [unitId] : []);
  deepStrictEqual(units, [11, 12, 13, 14, 15]);
});

Deno.test("createPlant() gives the same day for the same seed", () => {
  const day = (seed: number): string => {
    const { devices } = createPlant({ seed });
    for (const device of devices) device.update(11 * HOUR_MS);
    return devices.map(({ image }) => image.registers.join()).join();
  };
  strictEqual(day(5), day(5));
  ok(day(5) !== day(6));
});

/** Reads values by path; a point that the device lacks is 0. */
function reader(
  image: DeviceImage,
  cells: Readonly<Partial<Record<string, Cell>>>,
): (path: string) => number {
  return (path) => {
    const cell = cells[path];
    return cell === undefined ? 0 : peek(image, cell);
  };
}

function near(actual: number, expected: number, tolerance: number): void {
  ok(Math.abs(actual - expected) <= tolerance, `${actual} is not near ${expected}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
