/**
 * A backlog over a link of 64 kbit/s with a round trip of 2 s and a message timeout
 * of 5 s: the agent's initial batches take longer than that.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import {
  type AgentLogLine,
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { type FaultProxy, startProxy } from "../../src/testing/network/proxy.ts";
import { type SlowLink, startSlowLink } from "../../src/testing/network/slow_link.ts";
import { checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";
import { printLine } from "../../src/testing/print_line.ts";
import { pause } from "../../src/testing/pause.ts";

const LINK = { bitsPerS: 64_000, roundTripMs: 2_000 };
const DEVICES = 30;
const PREFILL_MS = 5_000;
const ROWS_MIN = 1_000;
/** About 85 bytes per row: 400 rows take 6.2 s with the round trip, 200 take 4.1 s. */
const BATCH_ROWS_MAX = 400;
/** Number of rows sent over the slow link; then it becomes fast, and batches grow. */
const SLOWLY_ROWS = 500;
const DRAIN_MAX_MS = 60_000;
const topics = ["inverter", "meter", "events"];

Deno.test("agent: a backlog drains over 64 kbit/s with a round trip of 2 s, and SIGTERM stops the agent in time", async () => {
  const made: { proxy: FaultProxy; link: SlowLink }[] = [];
  await using broker = await startBroker({
    fronts: [(target) => {
      const proxy = startProxy(target);
      const link = startSlowLink(proxy.port);
      made.push({ proxy, link });
      return link;
    }],
  });
  const last = made.at(-1);
  ok(last !== undefined);
  const { proxy, link } = last;
  const plant = startPlant(
    createPlant({ inverters: DEVICES, meters: 0, seed: 64 }),
    SYSTEM_CLOCK,
    { stepMs: 50 },
  );
  try {
    for (const name of topics) await broker.createTopic(name);
    const configFor = (address: string, intervalMs: number): AgentConfig => ({
      uplink: { kind: "kafka", brokers: [address], ["batch_rows_max"]: BATCH_ROWS_MAX },
      devices: plantDevices(plant, intervalMs),
    });
    await withTempFolder(async (folder) => {
      const away = configFor("127.0.0.1:1", 100);
      {
        await using agent = await startAgentProcess({ folder, config: away });
        await pause(PREFILL_MS);
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      }
      const backlog = await rowsInQueue(`${folder}/queue.db`);
      ok(backlog >= ROWS_MIN, `${backlog} rows are not a backlog`);

      link.set(LINK);
      const config = configFor(`127.0.0.1:${link.port}`, 20_000);
      const beganMs = performance.now();
      let slowMs: number;
      let slowSends: number;
      let allMs: number;
      let endMs: number;
      {
        await using agent = await startAgentProcess({ folder, config });
        await agent.until("uplink.down", isTimeout);
        await untilTrue(
          "a send in flight",
          async () => await rowsInQueue(`${folder}/queue.db`) < backlog - SLOWLY_ROWS,
          DRAIN_MAX_MS,
        );
        slowMs = performance.now() - beganMs;
        slowSends = proxy.produceSizes.length;
        link.set(null);
        await untilTrue(
          "drained",
          async () => await rowsInQueue(`${folder}/queue.db`) < DEVICES * 2,
        );
        allMs = performance.now() - beganMs;
        strictEqual(agent.noise, "");
        link.set(LINK);
        await pause(1_000);
        const fromMs = performance.now();
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
        endMs = performance.now() - fromMs;
      }
      const sizes = proxy.produceSizes;
      printLine(
        `of ${backlog} rows ${SLOWLY_ROWS} took ${slowMs.toFixed(0)} ms, all ${
          allMs.toFixed(0)
        } ms; SIGTERM ${endMs.toFixed(0)} ms; batches of ${sizes.join(", ")} bytes`,
      );
      const slowest = Math.min(...sizes.slice(0, slowSends));
      ok(slowest < Math.max(...sizes) * 0.7, "batches did not shrink");
      ok(
        Math.max(...sizes.slice(slowSends)) > slowest * 1.5,
        "batches did not grow again",
      );

      link.set(null);
      {
        await using agent = await startAgentProcess({ folder, config });
        await untilTrue(
          "empty",
          async () => await rowsInQueue(`${folder}/queue.db`) === 0,
        );
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      }
      const { faults, records, duplicates } = await checkKafka(broker.bootstrap, {
        topics,
      });
      printLine(`${records} records, ${duplicates} duplicates`);
      deepStrictEqual(faults, []);
      ok(records - duplicates >= backlog);
    });
  } finally {
    await plant.close();
    await proxy.close();
  }
});

function isTimeout(line: AgentLogLine): boolean {
  return /TIMEOUT/.test(String(line["detail"]));
}
