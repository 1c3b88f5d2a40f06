/**
 * The ten real devices, served over TCP by a server that is not ours, read by
 * the real command, compared with what an independent decoder makes of them.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readDevice, type ReadJson } from "../../src/testing/devices/read_device.ts";
import {
  INVERTER,
  type LiteralDevice,
  METER,
} from "../../src/testing/devices/devices.ts";
import { loadScales, wantedOf } from "../../src/testing/devices/oracle.ts";
import { startPymodbus } from "../../src/testing/devices/pymodbus.ts";
import { withShared } from "../../src/testing/shared.ts";

const DEVICES = "../shared/devices";

/**
 * What `../shared/devices` must give at least, in points compared. The two that
 * have none have no readable model; there the chain alone is compared.
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

/** Where the walk ends before what the dump's own list says: its chain lies. */
const WALKED: Readonly<Record<string, readonly number[]>> = {
  "sax-power-home-malformed": [1],
};

for (const [name, pointsMin] of Object.entries(POINTS_MIN)) {
  withShared(
    `${name} over TCP reads as the independent decoder has it`,
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
        strictEqual(await server.close(), "", "something was written to the device");
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
          const wanted = wantedOf(point, model, scales);
          deepStrictEqual(value, wanted, `${model.id}.${point.path} (${point.hex})`);
          compared++;
        }
      }
      const line = `${name}: ${compared} points compared\n`;
      Deno.stdout.writeSync(new TextEncoder().encode(line));
      ok(compared >= pointsMin, `only ${compared} points compared, not ${pointsMin}`);
    },
  );
}

for (const device of [INVERTER, METER]) {
  Deno.test(`${device.name} reads as written by hand, by function 3 and 4`, async () => {
    for (const functionCode of [3, 4] as const) {
      compare(device, await readLiteral(device, { functionCode }));
    }
  });

  Deno.test(`${device.name} reads the same where long reads are refused`, async () => {
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

/** Every value of `wanted` stands in `found`, at any depth. */
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

/** What `module[2].DCW` leads to. */
function at(points: unknown, path: string): unknown {
  let found = points;
  for (const part of path.split(/[.[\]]+/).filter((one) => one !== "")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}
