/**
 * kill -9 of the whole agent, each time with unsent rows and a send without a
 * response.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import {
  type RunningPlant,
  startPlant,
} from "../../src/simulator/plant/start_plant.ts";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { type AgentConfig, TOPICS } from "../../src/testing/agent/agent_config.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { startBroker, type TestBroker } from "../../src/testing/kafka/kafka.ts";
import {
  checkKafka,
  rowsInQueue,
  type StreamCheck,
} from "../../src/testing/stream_check.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { pause } from "../../src/testing/pause.ts";

const KILLS = 5;
/** Time between the hanging send and the kill; its polls become unsent rows. */
const HANGING_MS = 1_500;
/** Many more rows than one send carries, and far fewer than that time yields. */
const UNSENT_MIN = 10;
const PAUSES_MAX = 4;
const topics = Object.values(TOPICS);

/** Ways to make a send hang. */
const HANGS: readonly ((broker: TestBroker) => Promise<void>)[] = [
  async ({ proxy }) => { // the rows arrive, the response is lost
    const before = proxy.lostAcks;
    proxy.loseAcks(1, "keep");
    await untilTrue("a lost response", () => proxy.lostAcks > before);
  },
  async (broker) => { // the request stays at the broker until after the kill
    const sends = (): boolean => broker.proxy.inFlight > 0;
    for (let tries = 1; tries <= PAUSES_MAX; tries++) {
      broker.pause();
      // The broker may have been stopped during another request of the agent.
      if (
        await untilTrue("a send in flight", sends, 3_000).then(() => true, () => false)
      ) {
        return;
      }
      broker.resume();
      const { produces } = broker.proxy;
      await untilTrue("rows sent again", () => broker.proxy.produces > produces);
    }
    throw new Error("no send was in flight while the broker was stopped");
  },
];

Deno.test("agent: kill -9 with a send in flight loses no row, and duplicates are byte-identical", async (t) => {
  await using broker = await startBroker();
  const plant = startPlant(createPlant({ seed: 11 }), SYSTEM_CLOCK);
  try {
    await t.step(
      `from source, ${KILLS} times`,
      () =>
        withTempFolder((folder) => killAgain(KILLS, "source", broker, plant, folder)),
    );
    await t.step("the compiled program, once", async () => {
      await ensureBinary();
      await withTempFolder((folder) => killAgain(1, "binary", broker, plant, folder));
    });
  } finally {
    await plant.close();
  }
});

async function killAgain(
  kills: number,
  build: Build,
  broker: TestBroker,
  plant: RunningPlant,
  folder: string,
): Promise<void> {
  const names = topics.map((topic) => `${build}-${topic}`);
  for (const name of names) await broker.createTopic(name);
  const [inverter = "", meter = "", events = ""] = names;
  const config: AgentConfig = {
    uplink: {
      kind: "kafka",
      brokers: [broker.proxiedBootstrap],
      topics: { inverter, meter, events },
    },
    devices: plantDevices(plant, 200),
  };
  for (let kill = 0; kill < kills; kill++) {
    await using agent = await startAgentProcess({ folder, config, build });
    const { produces } = broker.proxy;
    // Each topic has been sent to: a first send includes metadata requests.
    await untilTrue("rows sent", () => broker.proxy.produces > produces + 8);
    try {
      await HANGS[kill % HANGS.length]?.(broker);
      await pause(HANGING_MS);
      ok(broker.proxy.inFlight > 0, "no send was in flight at the kill");
      deepStrictEqual(await agent.end("SIGKILL"), { code: 137, signal: "SIGKILL" });
    } finally {
      broker.resume();
      broker.proxy.pass();
    }
    strictEqual(agent.noise, "");
    const rows = await rowsInQueue(`${folder}/queue.db`);
    ok(rows >= UNSENT_MIN, `only ${rows} rows were unsent at the kill`);
  }
  {
    await using agent = await startAgentProcess({ folder, config, build });
    await agent.until("device.online");
    await pause(1_500);
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  }
  strictEqual(await rowsInQueue(`${folder}/queue.db`), 0);
  const check = await checkKafka(broker.bootstrap, { topics: names });
  deepStrictEqual(check.faults, []);
  ok(check.duplicates > 0, "the sends in flight were not repeated");
  hasEpochs(check, kills + 1);
}

/** Every device was polled in every run of the agent. */
function hasEpochs({ streams }: StreamCheck, lives: number): void {
  const polled = streams.filter(({ type }) => type !== "CollectorEvent");
  strictEqual(polled.length, 5);
  for (const { device_id: device, epochs } of polled) {
    strictEqual(epochs.length, lives, `${device} in ${JSON.stringify(epochs)}`);
  }
}
