/**
 * The buffer's file is replaced by an older copy, loses its log, or is removed while
 * the agent does not run: every number that was given out is delivered or announced.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { pause } from "../../src/testing/pause.ts";
import { checkFiles, rowsInQueue } from "../../src/testing/stream_check.ts";

/** No broker listens here, so records stay in the buffer. */
const AWAY: AgentConfig = { uplink: { kind: "kafka", brokers: ["127.0.0.1:1"] } };

/** Runs agents on the files of one folder. */
async function onFolder(
  use: (
    folder: string,
    run: (config: AgentConfig, ms: number, end: Deno.Signal) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  await withTempFolder(async (folder) => {
    const plant = startPlant(createPlant({ seed: 3 }), SYSTEM_CLOCK);
    const devices = plantDevices(plant, 200);
    try {
      await use(folder, async (config, ms, end) => {
        await using agent = await startAgentProcess({
          folder,
          config: { ...config, devices },
        });
        await agent.until("device.online");
        await pause(ms);
        await agent.end(end);
      });
    } finally {
      await plant.close();
    }
  });
}

/** Records that gap events announce as lost with the buffer's file. */
async function checkAnnounced(folder: string): Promise<number> {
  const { faults, decoded } = await checkFiles(`${folder}/records`);
  deepStrictEqual(faults, []);
  return decoded
    .map(({ record }) => record["gap"] as Record<string, unknown> | null | undefined)
    .filter((gap) => gap?.["reason"] === "buffer_lost")
    .reduce(
      (sum, gap) => sum + Number(gap?.["last_seq"]) - Number(gap?.["first_seq"]) + 1,
      0,
    );
}

Deno.test("agent: an older copy of the buffer: each record that it lacks is announced, no number is reused", () =>
  onFolder(async (folder, run) => {
    const queue = `${folder}/queue.db`;
    await run(AWAY, 1_000, "SIGTERM");
    await Deno.copyFile(queue, `${folder}/copy`);
    const copied = await rowsInQueue(queue);
    await run(AWAY, 2_000, "SIGTERM");
    const lost = await rowsInQueue(queue) - copied;
    ok(copied > 0 && lost > 0);
    await Deno.copyFile(`${folder}/copy`, queue);
    await run({}, 2_500, "SIGTERM");
    strictEqual(await checkAnnounced(folder), lost);
  }));

Deno.test("agent: a removed write-ahead log: the records in it that the mark shows are announced", () =>
  onFolder(async (folder, run) => {
    const queue = `${folder}/queue.db`;
    await run(AWAY, 500, "SIGTERM");
    const before = await rowsInQueue(queue);
    await run(AWAY, 7_000, "SIGKILL"); // longer than MARK_INTERVAL_MS
    for (const part of ["-wal", "-shm"]) await Deno.remove(`${queue}${part}`);
    const left = await rowsInQueue(queue);
    await run({}, 4_000, "SIGTERM");
    const announced = await checkAnnounced(folder);
    ok(announced > 0, `nothing announced; ${before} rows before, ${left} left`);
  }));

Deno.test("agent: a removed buffer: every record that was not delivered is announced, and no other", () =>
  onFolder(async (folder, run) => {
    const queue = `${folder}/queue.db`;
    await run({}, 1_000, "SIGTERM");
    strictEqual(await rowsInQueue(queue), 0);
    await run(AWAY, 1_000, "SIGTERM");
    const lost = await rowsInQueue(queue);
    ok(lost > 0);
    await Deno.remove(queue);
    await run({}, 4_000, "SIGTERM");
    strictEqual(await checkAnnounced(folder), lost);
  }));
