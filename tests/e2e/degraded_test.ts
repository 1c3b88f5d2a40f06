/**
 * Repeated crashes at start: the agent starts without their possible cause, loses
 * nothing, and never reuses a sequence number.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import {
  type AgentProcess,
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import { startServiceManager } from "../../src/testing/agent/service_manager.ts";
import { checkFiles, rowsInQueue } from "../../src/testing/stream_check.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";

/** No broker listens here, so records stay in the buffer. */
const AWAY = { kind: "kafka", brokers: ["127.0.0.1:1"] };

Deno.test("agent: after three crashes the fourth start quarantines the buffer and reports it", () =>
  withTempFolder(async (folder) => {
    const plant = startPlant(
      createPlant({ seed: 1, inverters: 1, meters: 0 }),
      SYSTEM_CLOCK,
    );
    const devices = plantDevices(plant, 200);
    const start = (
      boot: string,
      more: AgentConfig = {},
      env: Readonly<Record<string, string>> = {},
    ): Promise<AgentProcess> =>
      startAgentProcess({
        folder,
        config: {
          uplink: AWAY,
          ...more,
          buffer: { ["set_aside_after_crashes"]: 3 },
          devices,
        },
        env: { SUNSPEC_COLLECTOR_BOOT_ID: boot, ...env },
      });
    const epochOf = async (agent: AgentProcess): Promise<number> =>
      Number((await agent.until("buffer.opened"))["epoch"]);
    const isDegraded = ({ log }: AgentProcess): boolean =>
      log.some(({ event }) => event === "agent.degraded");
    /** Starts an agent and kills it before the start counts as successful. */
    const crash = async (boot: string): Promise<void> => {
      await using agent = await start(boot);
      ok(!isDegraded(agent));
      await agent.end("SIGKILL");
    };

    // A run that fills the buffer. Killed during operation, it does not count as a crash at start.
    let before: number;
    {
      await using agent = await start("boot-1");
      await agent.until("uplink.down");
      await untilTrue("proven", async () => {
        const text = await Deno.readTextFile(`${folder}/queue.db.starts.json`);
        return JSON.parse(text).unproven.length === 0;
      });
      before = await epochOf(agent);
      await agent.end("SIGKILL");
    }
    // Two crashes, then a power cut, which resets the count.
    await crash("boot-1");
    await crash("boot-1");
    await crash("boot-2");
    await crash("boot-2");
    await crash("boot-2");
    ok(await rowsInQueue(`${folder}/queue.db`) > 0);

    const manager = await startServiceManager(`${folder}/notify`);
    const files = { uplink: {} };
    let degraded: number;
    {
      await using agent = await start("boot-2", files, {
        NOTIFY_SOCKET: `${folder}/notify`,
        RUNTIME_DIRECTORY: folder,
      });
      ok(isDegraded(agent));
      const line = await agent.until("agent.degraded");
      strictEqual(line["crashes"], 3);
      ok(await rowsInQueue(String(line["path"])) > 0);
      await manager.waitFor(/^STATUS=started after 3 consecutive crashes/m);
      degraded = await epochOf(agent);
      ok(degraded > before + 5, `${degraded} after ${before}`);
      await untilTrue(
        "records",
        () => agent.log.filter(({ event }) => event === "device.online").length > 0,
      );
      await agent.until("buffer.gap"); // the others follow at once
      strictEqual((await agent.end("SIGTERM")).code, 0);
      strictEqual(agent.noise, "");
    }
    await manager.close();
    {
      await using agent = await start("boot-2", files);
      ok(!isDegraded(agent));
      ok(await epochOf(agent) > degraded);
      strictEqual((await agent.end("SIGTERM")).code, 0);
    }
    await plant.close();

    const asides: string[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (/^queue\.db\.aside-\w+$/.test(name)) asides.push(name);
    }
    strictEqual(asides.length, 1);
    // The new buffer does not have the rows of the earlier epochs, and announces those
    // that the high-water mark shows.
    const { faults, streams, decoded } = await checkFiles(`${folder}/records`);
    deepStrictEqual(faults, []);
    ok(streams.length > 0);
    for (const { epochs: [first] } of streams) {
      ok(first !== undefined && first.epoch >= degraded);
      const { prev_epoch: previous } = first;
      ok(previous === null || (previous >= before && previous < degraded));
    }
    const reasons = decoded
      .map(({ record }) => record["gap"] as Record<string, unknown> | null | undefined)
      .map((gap) => gap?.["reason"]).filter((reason) => reason !== undefined);
    ok(reasons.length > 0 && reasons.every((reason) => reason === "buffer_lost"));
  }));
