import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type AgentProcess,
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { type AgentConfig, TOPICS } from "../../src/testing/agent/agent_config.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";

Deno.test("agent with a broker: TLS, SASL, missing topics", async (t) => {
  await ensureBinary();
  await using broker = await startBroker();
  await withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const devices = literalDevices(server.port, { ["interval_ms"]: 250 });
    let run = 0;

    /** Runs an agent with its own queue and topics. */
    async function withAgent(
      uplink: Record<string, string | readonly string[]>,
      use: (
        agent: AgentProcess,
        topics: readonly string[],
        home: string,
      ) => Promise<void>,
      { build = "source", make = true, env = {} }: {
        readonly build?: Build;
        readonly make?: boolean;
        readonly env?: Record<string, string>;
      } = {},
    ): Promise<void> {
      const home = `${folder}/run-${++run}`;
      await Deno.mkdir(home);
      const topics = Object.fromEntries(
        Object.entries(TOPICS).map(([kind, name]) => [kind, `${name}-${run}`]),
      );
      if (make) {
        for (const name of Object.values(topics)) await broker.createTopic(name);
      }
      const config: AgentConfig = {
        uplink: { kind: "kafka", ...uplink, topics },
        devices,
      };
      await using agent = await startAgentProcess({ folder: home, config, build, env });
      await use(agent, Object.values(topics), home);
    }

    async function delivers(
      agent: AgentProcess,
      topics: readonly string[],
      home: string,
    ): Promise<void> {
      await untilTrue("records there", async () => {
        const { records } = await checkKafka(broker.bootstrap, { topics });
        return records >= 8;
      });
      deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      strictEqual(await rowsInQueue(`${home}/queue.db`), 0);
      deepStrictEqual((await checkKafka(broker.bootstrap, { topics })).faults, []);
    }

    for (const build of ["source", "binary"] as const) {
      await t.step(`TLS with a private CA delivers (${build})`, () =>
        withAgent(
          {
            brokers: [broker.sslBootstrap],
            ["security_protocol"]: "SSL",
            ["ca_file"]: broker.caFile,
          },
          delivers,
          { build },
        ));
    }

    await t.step(
      "SASL over TLS delivers, and the log does not contain the password",
      () =>
        withAgent(
          {
            brokers: [broker.saslBootstrap],
            ["security_protocol"]: "SASL_SSL",
            ["ca_file"]: broker.caFile,
            ["sasl_mechanism"]: "SCRAM-SHA-512",
            ["sasl_username"]: "alice",
          },
          async (agent, topics, home) => {
            await delivers(agent, topics, home);
            ok(!JSON.stringify(agent.log).includes("alice-secret"));
          },
          { env: { ["SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD"]: "alice-secret" } },
        ),
    );

    await t.step(
      "an untrusted certificate: nothing is sent, every row is kept",
      () =>
        withAgent(
          {
            brokers: [broker.sslBootstrap],
            ["security_protocol"]: "SSL",
            ["ca_file"]: broker.wrongCaFile,
          },
          async (agent, topics, home) => {
            await agent.until("device.online");
            const trouble = await agent.until("uplink.hold").catch(() =>
              agent.until("uplink.down")
            );
            ok(/certificate/i.test(JSON.stringify(trouble)), JSON.stringify(trouble));
            deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
            ok(await rowsInQueue(`${home}/queue.db`) > 0);
            strictEqual((await checkKafka(broker.bootstrap, { topics })).records, 0);
          },
        ),
    );

    await t.step(
      "a missing topic raises an alarm with its remedy, the other topics are delivered",
      () =>
        withAgent(
          { brokers: [broker.bootstrap] },
          async (agent, [inverter = "", meter = "", events = ""], home) => {
            for (const name of [meter, events]) await broker.createTopic(name);
            const { alarm } = await agent.until(
              "uplink.hold",
              ({ topic }) => topic === inverter,
            );
            ok(/--create/.test(String(alarm)) && String(alarm).includes(inverter));
            await untilTrue("the other topics are delivered", async () => {
              const { records } = await checkKafka(broker.bootstrap, {
                topics: [meter, events],
              });
              return records >= 4;
            }, 60_000);
            await broker.createTopic(inverter);
            await agent.until("uplink.released", ({ topic }) => topic === inverter);
            await delivers(agent, [inverter, meter, events], home);
          },
          { make: false },
        ),
    );
    strictEqual(await server.close(), "");
  });
});
