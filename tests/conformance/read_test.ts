/**
 * Reads ten real devices with the `read` command over TCP, from an independent server, and
 * compares the values with those of an independent decoder.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readDevice, type ReadJson } from "../../src/testing/devices/read_device.ts";
import {
  INVERTER,
  type LiteralDevice,
  METER,
} from "../../src/testing/devices/devices.ts";
import { expectedValueOf, loadScales } from "../../src/testing/devices/oracle.ts";
import { startPymodbus } from "../../src/testing/devices/pymodbus.ts";
import { testWithSharedDevices } from "../../src/testing/devices/shared_devices.ts";

const DEVICES = "../shared/devices";

/**
 * Minimum number of points compared per device of `../shared/devices`. The two devices
 * with 0 have no readable model; only their chains are compared.
 */
const POINTS_MIN: Readonly<Record<string, number>> = {
  "fimer-pvs": 1_043,
  "fronius-igplus-v114-day": 761,
  "kostal-plenticore85-chain": 0,
  "rainwise-pvmet500-307-302-303": 34,
  "sax-power-home-malformed": 0,
  "sma-sb3.6-20230810": 599,
  "sma-sb3.6-20250608-night": 599,
  "solaredge-se33k-a1": 53,
  "solaredge-se33k-a2": 53,
  "veris-e51c2": 82,
};

/** Models found in a malformed chain, which the dump lists differently. */
const WALKED: Readonly<Record<string, readonly number[]>> = {
  "sax-power-home-malformed": [1],
};

for (const [name, pointsMin] of Object.entries(POINTS_MIN)) {
  testWithSharedDevices(
    `read returns the values of ${name} like the independent decoder`,
    async (all) => {
      const device = all.find((one) => one.name === name);
      ok(device, `${DEVICES}/${name}.json is missing`);
      const { dump, expected: oracle } = device;
      const unitId = dump.unitId ?? 1;
      const server = await startPymodbus({
        units: { [unitId]: `${DEVICES}/${name}.json` },
      });
      let found: ReadJson;
      try {
        found = await readDevice(unitId, server.port);
      } finally {
        strictEqual(
          await server.close(),
          "",
          "the server reported a write to the device",
        );
      }
      strictEqual(found.base, dump.base);
      strictEqual(found.unitId, unitId);
      deepStrictEqual(
        found.models.map(({ id, address, length }) => ({
          id,
          len: length,
          addr: address,
        })),
        dump.models.filter(({ id }) => WALKED[name]?.includes(id) ?? true),
      );
      let compared = 0;
      for (const model of oracle.models) {
        if (model.points === null || model.error !== null) continue;
        const ours = found.models.find(({ address }) => address === model.addr);
        ok(ours, `model ${model.id} at ${model.addr} is missing`);
        const scales = await loadScales(model.id);
        for (const point of model.points) {
          const value = at(ours.points, point.path);
          const wanted = expectedValueOf(point, model, scales);
          deepStrictEqual(value, wanted, `${model.id}.${point.path} (${point.hex})`);
          compared++;
        }
      }
      const line = `${name}: ${compared} points compared\n`;
      Deno.stdout.writeSync(new TextEncoder().encode(line));
      ok(compared >= pointsMin, `${compared} points compared, expected ${pointsMin}`);
    },
  );
}

for (const device of [INVERTER, METER]) {
  Deno.test(`read returns the literal values of ${device.name}, by function 3 and 4`, async () => {
    for (const functionCode of [3, 4] as const) {
      compare(device, await readLiteral(device, { functionCode }));
    }
  });

  Deno.test(`read returns the literal values of ${device.name} if it refuses long reads`, async () => {
    compare(device, await readLiteral(device, { countMax: 30 }));
  });
}

async function readLiteral(
  device: LiteralDevice,
  quirks: { readonly functionCode?: 3 | 4; readonly countMax?: number },
): Promise<ReadJson> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const { base, registers, unitId } = device;
  await Deno.writeTextFile(path, JSON.stringify({ base, registers }));
  const server = await startPymodbus({ units: { [unitId]: path }, ...quirks });
  try {
    return await readDevice(unitId, server.port);
  } finally {
    strictEqual(await server.close(), "");
    await Deno.remove(path);
  }
}

function compare(device: LiteralDevice, found: ReadJson): void {
  const { base, unitId, manufacturer, model, serial } = device;
  deepStrictEqual(
    [found.base, found.unitId, found.manufacturer, found.model, found.serial],
    [base, unitId, manufacturer, model, serial],
  );
  strictEqual(found.models.length, device.models.length);
  device.models.forEach((wanted, nth) => {
    const ours = found.models[nth];
    ok(ours);
    deepStrictEqual([ours.id, ours.address, ours.length], [
      wanted.id,
      wanted.address,
      wanted.length,
    ]);
    contains(ours.points, wanted.points, String(wanted.id));
  });
}

/** Asserts that `found` contains every value of `wanted`, at any depth. */
function contains(found: unknown, wanted: unknown, path: string): void {
  if (typeof wanted !== "object" || wanted === null) {
    strictEqual(found, wanted, path);
    return;
  }
  ok(typeof found === "object" && found !== null, path);
  if (Array.isArray(wanted)) strictEqual((found as unknown[]).length, wanted.length);
  for (const [key, value] of Object.entries(wanted)) {
    contains((found as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}

/** The value at a path such as `module[2].DCW`. */
function at(points: unknown, path: string): unknown {
  let found = points;
  for (const part of path.split(/[.[\]]+/).filter((one) => one !== "")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}
