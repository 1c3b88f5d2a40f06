import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import {
  type AgentProcess,
  startAgentProcess,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { type AgentConfig, TOPICS } from "../../src/testing/agent/agent_config.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { pause } from "../../src/testing/pause.ts";

const AWAY_MS = 8_000;
const topics = Object.values(TOPICS);

Deno.test("agent: an unreachable broker, at start or later, loses no row and keeps the order", async (t) => {
  await using broker = await startBroker();
  for (const topic of topics) await broker.createTopic(topic);
  const plant = startPlant(createPlant({ seed: 7 }), SYSTEM_CLOCK);
  try {
    await withTempFolder(async (folder) => {
      const config: AgentConfig = {
        uplink: { kind: "kafka", brokers: [broker.bootstrap] },
        devices: plantDevices(plant, 250),
      };

      await t.step("the agent starts without a broker, polls and stores", async () => {
        await broker.stop();
        await using agent = await startAgentProcess({ folder, config });
        await agent.until("device.online");
        await agent.until("uplink.down");
        await pause(2_000);
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
        const stopped = await agent.until("agent.stopped");
        ok(Number(stopped["rowsLeft"]) > 10, JSON.stringify(stopped));
        strictEqual(await rowsInQueue(`${folder}/queue.db`), stopped["rowsLeft"]);
      });

      await t.step("stored rows are sent once a broker is reachable", async () => {
        await using agent = await startAgentProcess({ folder, config });
        await agent.until("uplink.down");
        await broker.start();
        await agent.until("uplink.up");
        await drained(agent, folder);
      });

      await t.step(
        `${AWAY_MS / 1_000} s without a broker during operation`,
        async () => {
          await using agent = await startAgentProcess({ folder, config });
          await pause(2_000);
          ok(!agent.log.some(({ event }) => event === "uplink.down"));
          await broker.stop();
          await pause(AWAY_MS);
          await agent.until("uplink.down");
          const devicesFailed = agent.log.filter(({ event }) =>
            event === "device.failed"
          );
          deepStrictEqual(devicesFailed, [], "the outage did not affect the polls");
          await broker.start();
          await agent.until("uplink.up");
          await drained(agent, folder);
        },
      );

      const { faults, streams, records } = await checkKafka(broker.bootstrap, {
        topics,
      });
      deepStrictEqual(faults, []);
      // Three runs: three epochs of each stream of a device's polls.
      const polled = streams.filter(({ type }) => type !== "CollectorEvent");
      strictEqual(polled.length, 5);
      for (const { epochs } of polled) strictEqual(epochs.length, 3);
      ok(records > 200, `${records}`);
    });
  } finally {
    await plant.close();
  }
});

/** Stops the agent; its buffer must be empty. */
async function drained(agent: AgentProcess, folder: string): Promise<void> {
  deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
  strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  strictEqual(await rowsInQueue(`${folder}/queue.db`), 0);
}
