/**
 * The agent never creates a topic, also on a broker that creates topics on request.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { type AgentConfig, writeConfig } from "../../src/testing/agent/agent_config.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import {
  type MetadataRecorder,
  startMetadataRecorder,
} from "../../src/testing/kafka/metadata_recorder.ts";
import { pause } from "../../src/testing/pause.ts";
import { runInProcess } from "../../src/testing/run_in_process.ts";
import { checkKafka } from "../../src/testing/stream_check.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";

/** A topic that was created by mistake appears within this time. */
const CREATION_MS = 1_000;

Deno.test("agent, check and doctor create no topic on a broker with auto-creation", async () => {
  const recorders: MetadataRecorder[] = [];
  const front = (target: number): MetadataRecorder => {
    const started = startMetadataRecorder(target);
    recorders.push(started);
    return started;
  };
  await using broker = await startBroker({
    fronts: [front],
    properties: { "auto.create.topics.enable": "true" },
  });
  const [recorder] = recorders;
  ok(recorder !== undefined);
  const brokers = [`127.0.0.1:${recorder.port}`];
  const named = (topic: string): boolean =>
    recorder.requests.some(({ topics }) => topics.includes(topic));

  await withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const configWith = (prefix: string): AgentConfig => ({
      uplink: {
        kind: "kafka",
        brokers,
        topics: {
          inverter: `${prefix}-inverter`,
          meter: `${prefix}-meter`,
          events: `${prefix}-events`,
        },
      },
      devices: literalDevices(server.port, { ["interval_ms"]: 250 }),
    });
    const file = await writeConfig(folder, configWith("first"));
    await runInProcess(["check", "--config", file]);
    await runInProcess(["doctor", "--config", file]);
    ok(named("first-inverter"), "doctor asks for the topics");

    await using agent = await startAgentProcess({
      folder,
      config: configWith("first"),
    });
    for (const topic of ["first-inverter", "first-meter", "first-events"]) {
      await agent.until("uplink.hold", (event) => event["topic"] === topic);
    }
    await writeConfig(folder, configWith("second"));
    Deno.kill(agent.pid, "SIGHUP");
    await untilTrue(
      "the agent asks for a topic of the new file",
      () => Promise.resolve(named("second-inverter")),
      60_000,
    );
    // One topic exists: the agent requests the metadata of several topics together.
    await broker.createTopic("second-inverter");
    await untilTrue("records in the topic that exists", async () => {
      const topics = ["second-inverter"];
      return (await checkKafka(broker.bootstrap, { topics })).records > 0;
    }, 60_000);
    strictEqual((await agent.end("SIGTERM")).code, 0);
    strictEqual(await server.close(), "");
  });
  await pause(CREATION_MS);
  deepStrictEqual(
    recorder.requests.filter(({ mayCreate }) => mayCreate),
    [],
  );
  deepStrictEqual(broker.storedTopics(), ["second-inverter"]);

  // This broker does create topics: the client's default request causes it.
  const client = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const producer = client.producer();
  await producer.connect();
  await producer.send({ topic: "unwanted", messages: [{ value: "x" }] });
  await producer.disconnect();
  await untilTrue(
    "the broker has created the topic",
    () => Promise.resolve(broker.storedTopics().includes("unwanted")),
  );
  ok(recorder.requests.some(({ mayCreate }) => mayCreate));
});
