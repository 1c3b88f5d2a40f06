/**
 * `simulate` as a user runs it: dumps come back register by register through
 * an independent client, and the program's own `read` meets the faults.
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { INVERTER, METER } from "../../src/testing/devices/devices.ts";
import { meetSchemas } from "../../src/testing/json_schema.ts";
import { readDevice, runRead } from "../../src/testing/devices/read_device.ts";
import { withShared } from "../../src/testing/shared.ts";
import { askPython } from "../records/python.ts";
import { type Simulated, startSimulate } from "./simulated_process.ts";

const LITERALS = [INVERTER, METER];

interface Recorded {
  readonly base: number;
  readonly registers: readonly (number | null)[];
}

withShared("dumps of real devices are served as they are", async (devices) => {
  const paths = devices.map(({ name }) => `../shared/devices/${name}.json`);
  const simulated = await startSimulate(...paths);
  try {
    await compareRegisters(
      devices.map(({ name, dump }) => [simulated.device(name), dump]),
    );
    const fimer = simulated.device("fimer-pvs");
    const { models } = await readDevice(fimer.unitId, fimer.port);
    strictEqual(models.find(({ id }) => id === 160)?.length, 248);
  } finally {
    const { code, stderr } = await simulated.end();
    strictEqual(code, 0, stderr);
  }
});

Deno.test("dumps of our own share one address, and read as their literals say", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const paths: string[] = [];
    for (const { name, unitId, base, registers } of LITERALS) {
      const path = `${folder}/${name.replaceAll(/\W+/g, "-")}.json`;
      await Deno.writeTextFile(path, JSON.stringify({ unitId, base, registers }));
      paths.push(path);
    }
    const simulated = await startSimulate(...paths, "--gateway");
    try {
      await meetSchemas([{ schema: "simulate", text: simulated.stdout }]);
      strictEqual(new Set(simulated.devices.map(({ port }) => port)).size, 1);
      strictEqual(
        new Set(simulated.devices.map(({ unitId }) => unitId)).size,
        LITERALS.length,
      );
      const pairs = simulated.devices.map((device, at) => {
        const literal = LITERALS[at];
        ok(literal);
        return [device, literal] as const;
      });
      await compareRegisters(pairs);
      for (const [{ unitId, port }, { serial }] of pairs) {
        strictEqual((await readDevice(unitId, port)).serial, serial);
      }
    } finally {
      await simulated.end();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("each fault shows on the device that it was ordered for, and on no other", async () => {
  const orders = [
    "inverter-1:exception=4",
    "inverter-2:night",
    "inverter-3:offline",
    "meter-1:silent",
  ];
  const simulated = await startSimulate(
    "demo",
    ...orders.flatMap((order) => ["--fault", order]),
  );
  const readUnit = (name: string): ReturnType<typeof runRead> => {
    const { unitId, port } = simulated.device(name);
    return runRead({ unitId, port, timeoutMs: 300 });
  };
  try {
    match((await readUnit("inverter-1")).stderr, /exception 0x04/);
    const asleep = JSON.parse((await readUnit("inverter-2")).stdout);
    const { W, WH, St } = asleep.models[1].points;
    deepStrictEqual([W, St], [null, 2]);
    ok(WH > 0);
    strictEqual((await readUnit("inverter-3")).code, 69);
    strictEqual((await readUnit("meter-1")).code, 69);
    strictEqual((await readUnit("meter-2")).code, 0);
    await meetSchemas([{ schema: "simulate", text: simulated.stdout }]);
  } finally {
    strictEqual((await simulated.end()).code, 0);
  }
});

/** Reads devices with pymodbus: what was recorded comes, and exception 2 where nothing was. */
async function compareRegisters(
  pairs: readonly (readonly [Simulated, Recorded])[],
): Promise<void> {
  const questions: unknown[] = [];
  const wanted: unknown[] = [];
  for (const [{ port, unitId }, { base, registers }] of pairs) {
    const ask = { port, unitId, functionCode: 3 };
    const hole = registers.indexOf(null);
    const whole = hole < 0 ? registers : registers.slice(0, hole);
    questions.push({ ...ask, address: base, count: whole.length });
    wanted.push(whole);
    if (hole < 0) continue;
    questions.push({ ...ask, address: base + hole, count: 1 });
    wanted.push({ exception: 2 });
  }
  deepStrictEqual(
    await askPython("tests/simulator/pymodbus_reader.py", questions),
    wanted,
  );
}
