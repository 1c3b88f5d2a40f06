/**
 * kill -9 of the whole agent, each time with rows that nobody has and a send
 * that has no answer yet.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import {
  type RunningPlant,
  startPlant,
} from "../../src/simulator/plant/start_plant.ts";
import {
  inFolder,
  pause,
  startAgent,
  untilTrue,
} from "../../src/testing/agent/agent.ts";
import { type AgentConfig, TOPICS } from "../../src/testing/agent/agent_config.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { startBroker, type TestBroker } from "../../src/testing/kafka/kafka.ts";
import {
  checkKafka,
  rowsInQueue,
  type StreamCheck,
} from "../../src/testing/stream_check.ts";
import { plantDevices } from "./plant_devices.ts";

const KILLS = 5;
/** What is polled between the send that hangs and the kill becomes rows unsent. */
const HANGING_MS = 1_500;
/** Many more than one send carries at this pace, and far fewer than that time gives. */
const UNSENT_MIN = 10;
const PAUSES_MAX = 4;
const topics = Object.values(TOPICS);

/** Ways to have a send hang. */
const HANGS: readonly ((broker: TestBroker) => Promise<void>)[] = [
  async ({ proxy }) => { // the rows arrive, their answer does not
    const before = proxy.lostAcks;
    proxy.loseAcks(1, "keep");
    await untilTrue("an answer lost", () => proxy.lostAcks > before);
  },
  async (broker) => { // the request waits at the broker until after the kill
    const sends = (): boolean => broker.proxy.inFlight > 0;
    for (let tries = 1; tries <= PAUSES_MAX; tries++) {
      broker.pause();
      // It may have been stopped while the agent asked for something else first.
      if (
        await untilTrue("a send under way", sends, 3_000).then(() => true, () => false)
      ) {
        return;
      }
      broker.resume();
      const { produces } = broker.proxy;
      await untilTrue("rows sent again", () => broker.proxy.produces > produces);
    }
    throw new Error("no send was under way while the broker was stopped");
  },
];

Deno.test("kill -9 of the agent with a send in flight loses no row and repeats none that differs", async (t) => {
  await using broker = await startBroker();
  const plant = startPlant(createPlant({ seed: 11 }), SYSTEM_CLOCK);
  try {
    await t.step(
      `from source, ${KILLS} times`,
      () => inFolder((folder) => killAgain(KILLS, "source", broker, plant, folder)),
    );
    await t.step("the compiled program, once", async () => {
      await ensureBinary();
      await inFolder((folder) => killAgain(1, "binary", broker, plant, folder));
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
    await using agent = await startAgent({ folder, config, build });
    const { produces } = broker.proxy;
    // By then each topic was sent to: a first send asks for more than to be taken.
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
    await using agent = await startAgent({ folder, config, build });
    await agent.until("device.online");
    await pause(1_500);
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  }
  strictEqual(await rowsInQueue(`${folder}/queue.db`), 0);
  const check = await checkKafka(broker.bootstrap, { topics: names });
  deepStrictEqual(check.faults, []);
  ok(check.doubles > 0, "the sends that were under way did not come twice");
  hasEpochs(check, kills + 1);
}

/** Every device was polled in every life of the agent. */
function hasEpochs({ streams }: StreamCheck, lives: number): void {
  const polled = streams.filter(({ type }) => type !== "CollectorEvent");
  strictEqual(polled.length, 5);
  for (const { device_id: device, epochs } of polled) {
    strictEqual(epochs.length, lives, `${device} in ${JSON.stringify(epochs)}`);
  }
}
