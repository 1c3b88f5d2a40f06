/**
 * A broker that refuses compressed batches, as some tiers of Azure Event Hubs do.
 */

import { match, ok, strictEqual } from "node:assert/strict";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import {
  type AgentConfig,
  TOPICS,
  writeConfig,
} from "../../src/testing/agent/agent_config.ts";
import {
  type CompressionRefuser,
  startCompressionRefuser,
  UNSUPPORTED_FOR_MESSAGE_FORMAT,
} from "../../src/testing/kafka/compression_refuser.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { runInProcess } from "../../src/testing/run_in_process.ts";
import { checkKafka } from "../../src/testing/stream_check.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";

/** Numbers of the codecs in a record batch. */
const GZIP = 1;
const ZSTD = 4;

Deno.test("agent: a broker that refuses compressed batches raises an alarm that names uplink.compression, and a reload with none delivers", async () => {
  const fronts: CompressionRefuser[] = [];
  const front = (target: number): CompressionRefuser => {
    const started = startCompressionRefuser(target);
    fronts.push(started);
    return started;
  };
  await using broker = await startBroker({ fronts: [front] });
  const [refuser] = fronts;
  ok(refuser !== undefined);
  const topics = Object.values(TOPICS);
  for (const topic of topics) await broker.createTopic(topic);
  await withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const configWith = (compression?: string): AgentConfig => ({
      uplink: { kind: "kafka", brokers: [`127.0.0.1:${refuser.port}`], compression },
      devices: literalDevices(server.port, { ["interval_ms"]: 250 }),
    });
    await using agent = await startAgentProcess({ folder, config: configWith() });
    const alarmWith = async (compression: string): Promise<void> => {
      const { alarm } = await agent.until(
        "uplink.hold",
        ({ alarm }) => String(alarm).includes(`uplink.compression = "${compression}"`),
      );
      match(String(alarm), /Set uplink\.compression to "gzip" or "none"/);
    };
    await alarmWith("zstd");
    ok(refuser.refused.includes(ZSTD));

    const doctor = await runInProcess([
      "doctor",
      "--config",
      `${folder}/agent.toml`,
      "--json",
    ]);
    match(
      doctor.stdout,
      /UNSUPPORTED_COMPRESSION_TYPE[^}]*uplink\.compression = \\"zstd\\"[^}]*set uplink\.compression/,
    );

    refuser.errorCode = UNSUPPORTED_FOR_MESSAGE_FORMAT;
    await writeConfig(folder, configWith("gzip"));
    Deno.kill(agent.pid, "SIGHUP");
    await agent.until("config.reloaded");
    await alarmWith("gzip");
    ok(refuser.refused.includes(GZIP));
    strictEqual((await checkKafka(broker.bootstrap, { topics })).records, 0);

    await writeConfig(folder, configWith("none"));
    Deno.kill(agent.pid, "SIGHUP");
    await untilTrue("records there", async () => {
      const { records } = await checkKafka(broker.bootstrap, { topics });
      return records >= 8;
    });
    strictEqual((await agent.end("SIGTERM")).code, 0);
    const { faults } = await checkKafka(broker.bootstrap, { topics });
    strictEqual(faults.length, 0, JSON.stringify(faults));
    strictEqual(await server.close(), "");
  });
});
