/**
 * Makes the golden results: the output of a build of the program for the project's own
 * devices. `scripts/golden.ts` writes them, tests compare them.
 *
 * @module
 */

import { createPlant } from "../simulator/plant/plant.ts";
import { startAgentProcess, withTempFolder } from "./agent/agent.ts";
import { type Build, runCommand } from "./agent/agent_program.ts";
import { INVERTER, METER } from "./devices/devices.ts";
import { RECORD_DEVICES } from "./devices/record_devices.ts";
import { startPymodbus } from "./devices/pymodbus.ts";
import { checkFiles, type DecodedRecord } from "./stream_check.ts";
import { pause } from "./pause.ts";

/** Folder of the golden results, relative to the project's root. */
export const GOLDEN_FOLDER = "tests/golden";

/** A device with literal registers. */
interface GoldenDevice {
  readonly name: string;
  readonly unitId: number;
  readonly base: number;
  readonly registers: readonly (number | null)[];
}

/** Long, because an emulated processor is slow. */
const ONLINE_LIMIT_MS = 180_000;

/** Fields that differ from run to run, with the value that replaces them. */
const FIXED: Readonly<Record<string, unknown>> = {
  epoch: 0,
  ["slots_missed"]: 0,
  ["sampled_at"]: 0,
  ["read_duration_ms"]: 0,
  ["clock_synced"]: null,
};

/**
 * Reads every device with `read --json` and polls it with the agent; an independent
 * server serves the devices.
 *
 * @param pollsForMs time for which the agent polls on after all devices are online; the
 * first record of each stream is used.
 * @returns texts by file name under {@linkcode GOLDEN_FOLDER}.
 */
export async function makeGoldenFiles(
  build: Build,
  pollsForMs = 0,
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  await withTempFolder(async (folder) => {
    const devices = goldenDevices();
    const units: Record<number, string> = {};
    for (const { unitId, base, registers } of devices) {
      units[unitId] = `${folder}/${unitId}.json`;
      await Deno.writeTextFile(
        `${folder}/${unitId}.json`,
        JSON.stringify({ base, registers }),
      );
    }
    const server = await startPymodbus({ units });
    let written = "";
    try {
      for (const { name, unitId } of devices) {
        const address = `127.0.0.1:${server.port}`;
        const args = ["read", address, "--unit", String(unitId), "--json"];
        const run = await runCommand(args, { build, cwd: folder });
        if (run.code !== 0) throw new Error(run.stderr);
        made.set(`read/${name}.json`, pretty(JSON.parse(run.stdout)));
      }
      for (
        const [name, records] of await poll(build, folder, server.port, pollsForMs)
      ) {
        made.set(`records/${name}.json`, pretty(records));
      }
    } finally {
      written = await server.close();
    }
    if (written !== "") throw new Error(`written to a device: ${written}`);
  });
  return made;
}

/** The literal devices of the tests and of the simulator. */
function goldenDevices(): GoldenDevice[] {
  const plant = createPlant({ inverters: 3, meters: 2, seed: 1 });
  return [
    {
      ...INVERTER,
      name: "literal-inverter",
    },
    { ...METER, name: "literal-meter" },
    ...RECORD_DEVICES.map((device) => ({ ...device, name: `literal-${device.name}` })),
    ...plant.devices.map(({ name, image }, at) => ({
      name: `simulated-${name}`,
      unitId: 21 + at,
      base: image.base,
      registers: [...image.registers],
    })),
  ];
}

async function poll(
  build: Build,
  folder: string,
  port: number,
  forMs: number,
): Promise<ReadonlyMap<string, readonly DecodedRecord[]>> {
  const devices = goldenDevices();
  const agent = await startAgentProcess({
    folder,
    build,
    config: {
      devices: devices.map(({ name, unitId }) => ({
        id: name,
        host: "127.0.0.1",
        port,
        ["unit_ids"]: [unitId],
        ["interval_ms"]: 1_000,
        // One device also publishes a record of each of its models.
        publish: name === "literal-der" ? ["normalized", "models"] : ["normalized"],
      })),
    },
  });
  try {
    for (const { name } of devices) {
      await agent.until(
        "device.online",
        ({ device }) => device === name,
        ONLINE_LIMIT_MS,
      );
    }
    await pause(forMs);
    const { code } = await agent.end("SIGTERM");
    if (code !== 0) throw new Error(agent.noise);
  } finally {
    await agent[Symbol.asyncDispose]();
  }
  const { faults, decoded } = await checkFiles(`${folder}/records`);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const byDevice = new Map<string, DecodedRecord[]>();
  for (const { type, record } of decoded) {
    if (record["seq"] !== 1 || record["heartbeat"]) continue;
    const name = devices.find(({ name }) => isOf(record["device_id"], name))?.name;
    if (name === undefined) throw new Error(`unknown device ${record["device_id"]}`);
    const fixed = { ...record, ...FIXED };
    byDevice.set(name, [...byDevice.get(name) ?? [], { type, record: fixed }]);
  }
  for (const records of byDevice.values()) {
    records.sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
  }
  return byDevice;
}

/** Whether a record belongs to a device or to one of its sub-devices (`<id>.1`). */
function isOf(deviceId: unknown, name: string): boolean {
  return deviceId === name || String(deviceId).startsWith(`${name}.`);
}

function keyOf({ type, record }: DecodedRecord): string {
  return `${type} ${record["device_id"]}`;
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
