/**
 * kill -9 of an agent that writes Avro container files, and a file with a torn end,
 * as after a power cut.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import { checkFiles, rowsInQueue } from "../../src/testing/stream_check.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { pause } from "../../src/testing/pause.ts";

const KILLS = 3;

Deno.test("agent: kill -9 while files are written: torn ends are truncated, every row is in a file", () =>
  withTempFolder(async (folder) => {
    const plant = startPlant(createPlant({ seed: 5 }), SYSTEM_CLOCK);
    try {
      const records = `${folder}/records`;
      const config: AgentConfig = { devices: plantDevices(plant, 100) };
      let torn = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        await using agent = await startAgentProcess({ folder, config });
        await agent.until("device.online");
        await pause(1_500 + kill * 130);
        await agent.end("SIGKILL");
        const parts = await partsIn(records);
        ok(parts.length > 0, "no file was open at the kill");
        // An incomplete block: its count and size only.
        for (const part of parts) {
          await append(part, Uint8Array.of(20, 200, 1, 7, 7, 7));
        }
        torn += parts.length;
      }
      const recovered: unknown[] = [];
      {
        await using agent = await startAgentProcess({ folder, config });
        await agent.until("device.online");
        await pause(1_500);
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
        strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
        const cut = agent.log.filter(({ event }) => event === "files.recovered");
        for (const { cutBytes } of cut) recovered.push(cutBytes);
      }
      ok(recovered.length > 0 && recovered.every((bytes) => Number(bytes) >= 6));
      ok(torn >= KILLS);
      deepStrictEqual(await partsIn(records), [], "a file was left open");
      strictEqual(await rowsInQueue(`${folder}/queue.db`), 0);
      const { faults, streams } = await checkFiles(records);
      deepStrictEqual(faults, []);
      const polled = streams.filter(({ type }) => type !== "CollectorEvent");
      strictEqual(polled.length, 5);
      for (const { epochs } of polled) strictEqual(epochs.length, KILLS + 1);
    } finally {
      await plant.close();
    }
  }));

async function partsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".part")) found.push(`${folder}/${name}`);
  }
  return found.sort();
}

async function append(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(path, bytes, { append: true, create: false });
}
