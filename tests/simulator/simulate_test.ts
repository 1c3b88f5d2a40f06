/**
 * The command `simulate`: dumps are returned register by register to an independent
 * client, and the command `read` receives the injected faults.
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { INVERTER, METER } from "../../src/testing/devices/devices.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { readDevice, runRead } from "../../src/testing/devices/read_device.ts";
import { testWithSharedDevices } from "../../src/testing/devices/shared_devices.ts";
import { runPython } from "../../src/testing/python.ts";
import { type SimulatedEndpoint, startSimulate } from "./simulated_process.ts";

const LITERALS = [INVERTER, METER];

interface Recorded {
  readonly base: number;
  readonly registers: readonly (number | null)[];
}

testWithSharedDevices(
  "simulate serves dumps of real devices unchanged",
  async (devices) => {
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
  },
);

Deno.test("simulate serves dumps behind one address with the values of their literals", async () => {
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
      await assertSchemas([{ schema: "simulate", text: simulated.stdout }]);
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

Deno.test("simulate shows a fault only on the device it is given for", async () => {
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
    await assertSchemas([{ schema: "simulate", text: simulated.stdout }]);
  } finally {
    strictEqual((await simulated.end()).code, 0);
  }
});

/** Reads devices with pymodbus: recorded registers, and exception 2 for missing ones. */
async function compareRegisters(
  pairs: readonly (readonly [SimulatedEndpoint, Recorded])[],
): Promise<void> {
  const questions: unknown[] = [];
  const expected: unknown[] = [];
  for (const [{ port, unitId }, { base, registers }] of pairs) {
    const ask = { port, unitId, functionCode: 3 };
    const hole = registers.indexOf(null);
    const whole = hole < 0 ? registers : registers.slice(0, hole);
    questions.push({ ...ask, address: base, count: whole.length });
    expected.push(whole);
    if (hole < 0) continue;
    questions.push({ ...ask, address: base + hole, count: 1 });
    expected.push({ exception: 2 });
  }
  deepStrictEqual(
    await runPython("tests/simulator/pymodbus_reader.py", questions),
    expected,
  );
}
