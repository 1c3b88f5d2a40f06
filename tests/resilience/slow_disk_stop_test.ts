/** Stopping an agent on a disk that takes 2 s for each sync. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import {
  createCommitLog,
  readQueue,
  runUntilDrained,
} from "../../src/testing/disk/kill_points.ts";
import { compileLibrary } from "../../src/testing/disk/preload_library.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";
import { printLine } from "../../src/testing/print_line.ts";
import { pause } from "../../src/testing/pause.ts";

const SYNC_MS = 2_000;
const LIFE_MS = 4_000;
/** Guaranteed limit of the agent's stop. */
const END_MAX_MS = 10_000;

Deno.test("agent: stops in time while each sync takes 2 s, and unsent rows are sent after the next start", async () => {
  const library = await compileLibrary("slow_fsync");
  const plant = startPlant(createPlant({ seed: 31 }), SYSTEM_CLOCK);
  try {
    await withTempFolder(async (folder) => {
      const config = { devices: plantDevices(plant, 500) };
      const commits = createCommitLog();
      {
        await using agent = await startAgentProcess({
          folder,
          config,
          env: {
            LD_PRELOAD: library,
            SLOW_UNDER: folder,
            SLOW_CONTROL: `${folder}/sync_ms`,
            SLOW_LOG: `${folder}/slow_syncs`,
          },
        });
        for (const { device } of plantNames(plant)) {
          await agent.until("device.online", (line) => line["device"] === device);
        }
        await Deno.writeTextFile(`${folder}/sync_ms`, String(SYNC_MS));
        await pause(LIFE_MS);
        const beganMs = performance.now();
        const exit = await agent.end("SIGTERM");
        const tookMs = Math.round(performance.now() - beganMs);
        deepStrictEqual(exit, { code: 0, signal: null });
        ok(tookMs < END_MAX_MS, `it took ${tookMs} ms`);
        strictEqual(agent.noise, "");
        printLine(
          `ended in ${tookMs} ms, ${
            (await agent.until("agent.stopped"))["rowsLeft"]
          } rows left`,
        );
      }
      const slow = (await Deno.readTextFile(`${folder}/slow_syncs`)).trim().split("\n");
      ok(slow.some((line) => line.includes("queue.db")), "the queue was not slow");
      ok(slow.some((line) => line.includes("records")), "the files were not slow");
      commits.add(await readQueue(folder));
      await runUntilDrained({ folder, config });
      commits.add(await readQueue(folder));
      const check = await checkFiles(`${folder}/records`);
      deepStrictEqual(check.faults, []);
      deepStrictEqual(commits.compare(check), []);
    });
  } finally {
    await plant.close();
  }
});

function plantNames(
  { addresses }: ReturnType<typeof startPlant>,
): { readonly device: string }[] {
  return addresses.flatMap(({ name, unitIds }) =>
    unitIds.map((unitId) => ({
      device: unitIds.length === 1 ? name : `${name}-${unitId}`,
    }))
  );
}
