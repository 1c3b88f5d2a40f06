import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../models/index.ts";
import { INVERTER, METER } from "../testing/devices/devices.ts";
import {
  createFakeReader,
  type FakeReaderOptions,
} from "../testing/devices/fake_reader.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import type { DecodedModel } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { discoverDevice, STANDARD_BASES } from "./probe.ts";
import { takeSnapshot, TIMEOUTS_MAX } from "./snapshot.ts";

const NEVER = new AbortController().signal;
const TIMEOUT: ModbusFault = { kind: "timeout", elapsedMs: 1_000 };

type Registers = readonly (number | null)[];

Deno.test("takeSnapshot() reads all models with few requests", async () => {
  for (const device of [INVERTER, METER]) {
    const { models, requests } = await snapshotOf(device);
    deepStrictEqual(
      models.map(({ id, address, length }) => ({ id, address, length })),
      device.models.map(({ id, address, length }) => ({ id, address, length })),
    );
    ok(requests <= device.models.length, `${requests} requests`);
  }
});

Deno.test("takeSnapshot() returns the same values for any read size that the device accepts", async () => {
  const wanted = (await snapshotOf(INVERTER)).models.map(({ points }) => points);
  for (const countMax of [125, 100, 67, 50, 33, 32, 20, 10, 4, 3]) {
    const quirks: FakeReaderOptions = {
      fault: ({ count }) =>
        count > countMax ? { kind: "exception", code: 3 } : undefined,
    };
    const { models } = await snapshotOf(INVERTER, quirks);
    deepStrictEqual(models.map(({ points }) => points), wanted, `reads of ${countMax}`);
  }
});

Deno.test("a refused register invalidates only its own point", async () => {
  const body = 72; // After the marker, model 1 and the header of 103.
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: body, max: body + 49 }), async (hole) => {
      const registers = withHoles(INVERTER.registers, [hole]);
      const { models } = await snapshotOf({ ...INVERTER, registers });
      const [before, after] = await Promise.all([snapshotOf(INVERTER), models]);
      const was = pointsOf(before.models, 103);
      const is = pointsOf(after, 103);
      deepStrictEqual(Object.keys(is), Object.keys(was));
      const changed = Object.keys(is).filter((name) => is[name] !== was[name]);
      for (const name of changed) strictEqual(is[name], null, name);
      // A scale factor invalidates its points; there are at most six.
      ok(changed.length <= 7, changed.join());
      deepStrictEqual(pointsOf(after, 160), pointsOf(before.models, 160));
      const flags = after.find(({ id }) => id === 103)?.flags ?? [];
      ok(flags.length >= 1);
    }),
    { numRuns: 50 },
  );
});

Deno.test("a model whose registers are all refused is present with null values", async () => {
  const body = Array.from({ length: 50 }, (_, at) => 72 + at);
  const registers = withHoles(INVERTER.registers, body);
  const { models } = await snapshotOf({ ...INVERTER, registers });
  const { ID, L, ...points } = pointsOf(models, 103);
  deepStrictEqual([ID, L], [103, 50]);
  deepStrictEqual(new Set(Object.values(points)), new Set([null]));
});

Deno.test("takeSnapshot() survives one lost response and ends if the device is gone", async () => {
  let lost = 0;
  const once: FakeReaderOptions = {
    fault: (_, nth) => nth === 2 ? (lost++, TIMEOUT) : undefined,
  };
  const { models } = await snapshotOf(INVERTER, once);
  deepStrictEqual(pointsOf(models, 103)["W"], 8790);
  strictEqual(lost, 1);

  const layout = await discovered(INVERTER);
  const played = createFakeReader(INVERTER, { fault: () => TIMEOUT });
  const gone = await takeSnapshot(
    { reader: played, ...UNIT },
    layout,
    await definitionsOf(layout),
  );
  ok(!gone.ok && gone.fault.kind === "lost");
  ok(played.requests.length <= 2 * (TIMEOUTS_MAX + 1));
});

Deno.test("a scale factor that changes between two requests never corrupts a value", async () => {
  // Model 160 takes two requests: its scale factors are in the first, DCW in both.
  for (let change = 1; change <= 12; change++) {
    const modules = 12;
    const registers = longInverter(modules, 0, 500);
    const shifted = longInverter(modules, 1, 50);
    let reads = 0;
    const played = createFakeReader({ base: 40_000, registers });
    const later = createFakeReader({ base: 40_000, registers: shifted });
    const layout = await discovered({ base: 40_000, registers });
    const snapshot = await takeSnapshot(
      {
        ...UNIT,
        reader: {
          read: (request, signal) =>
            (++reads > change ? later : played).read(request, signal),
        },
      },
      layout,
      await definitionsOf(layout),
    );
    ok(snapshot.ok);
    const found = pointsOf(snapshot.value, 160)["module"];
    ok(Array.isArray(found));
    strictEqual(found.length, modules);
    for (const { DCW } of found) ok(DCW === 500 || DCW === null, `${DCW}`);
  }
});

const UNIT = {
  unitId: 1,
  functionCode: 3,
  timeoutMs: 1_000,
  signal: NEVER,
} as const;

interface Device {
  readonly base: number;
  readonly registers: Registers;
}

async function discovered(
  device: Device,
  quirks: FakeReaderOptions = {},
): Promise<DeviceLayout> {
  const found = await discoverDevice(createFakeReader(device, quirks), {
    unitId: 1,
    bases: STANDARD_BASES,
    timeoutMs: 1_000,
  }, NEVER);
  ok(found.ok, JSON.stringify(found));
  return found.value;
}

async function definitionsOf(
  layout: DeviceLayout,
): Promise<ReadonlyMap<number, ModelDefinition>> {
  const definitions = new Map<number, ModelDefinition>();
  for (const { id } of layout.models) {
    const definition = await loadDefinition(id);
    if (definition !== undefined) definitions.set(id, definition);
  }
  return definitions;
}

async function snapshotOf(device: Device, quirks: FakeReaderOptions = {}) {
  const layout = await discovered(device);
  const reader = createFakeReader(device, quirks);
  const unit = { ...UNIT, reader };
  const snapshot = await takeSnapshot(unit, layout, await definitionsOf(layout));
  ok(snapshot.ok, JSON.stringify(snapshot));
  return { models: snapshot.value, requests: reader.requests.length };
}

function pointsOf(
  models: readonly DecodedModel[],
  id: number,
): Readonly<Record<string, unknown>> {
  const model = models.find((one) => one.id === id);
  ok(model, `model ${id} is missing`);
  return model.points;
}

function withHoles(registers: Registers, holes: readonly number[]): Registers {
  return registers.map((register, at) => holes.includes(at) ? null : register);
}

/** A device with the common model and a model 160 that is too long for one read. */
function longInverter(modules: number, powerOf10: number, raw: number): number[] {
  const common = [1, 66, ...new Array<number>(66).fill(0x4141)];
  const module = (nth: number): number[] => [
    nth,
    ...new Array<number>(8).fill(0),
    ...[1, 2, raw, 0, 9, 0, 0, 25, 4, 0, 0],
  ];
  return [
    0x5375,
    0x6e53,
    ...common,
    ...[160, 8 + 20 * modules, 0, 0, powerOf10, 0, 0, 0, modules, 0],
    ...Array.from({ length: modules }, (_, at) => module(at + 1)).flat(),
    0xffff,
    0,
  ];
}
