/**
 * A broker that answers at the configured address and advertises another one that
 * cannot be reached, as a broker in a container does without `advertised.listeners`.
 */

import { match, ok, strictEqual } from "node:assert/strict";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import { TOPICS, writeConfig } from "../../src/testing/agent/agent_config.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { freePorts } from "../../src/testing/network/free_ports.ts";
import { runInProcess } from "../../src/testing/run_in_process.ts";

/** A name that does not exist (RFC 6761, section 6.4). */
const UNKNOWN_HOST = "broker-0.invalid";

Deno.test("an advertised address that cannot be reached is named in the log and by doctor", async (t) => {
  const [closedPort = 0] = freePorts(1);
  const listeners: number[] = [];
  const advertise = (host: string, port: number) => (listener: number) => {
    listeners.push(listener);
    return { host, port, close: () => Promise.resolve() };
  };
  await using broker = await startBroker({
    fronts: [advertise("127.0.0.1", closedPort), advertise(UNKNOWN_HOST, 9092)],
  });
  for (const topic of Object.values(TOPICS)) await broker.createTopic(topic);
  const cases = [
    [`127.0.0.1:${closedPort}`, "refused the connection"],
    [`${UNKNOWN_HOST}:9092`, "not found"],
  ] as const;
  for (const [at, [advertised, cause]] of cases.entries()) {
    const bootstrap = `127.0.0.1:${listeners[at]}`;
    const expected = new RegExp(
      `broker at ${bootstrap} advertises the address ${advertised}, which cannot be ` +
        `reached \\(.*${cause}.*\\); change advertised\\.listeners`,
    );
    // The device does not answer, so the first row is the change of its state.
    const devices = [{ id: "a", host: "127.0.0.1", port: closedPort }];
    const config = { uplink: { kind: "kafka", brokers: [bootstrap] }, devices };
    await t.step(`log: ${advertised}`, () =>
      withTempFolder(async (folder) => {
        await using agent = await startAgentProcess({ folder, config });
        const { detail } = await agent.until("uplink.down");
        match(String(detail), expected);
        strictEqual((await agent.end("SIGTERM")).code, 0);
      }));
    await t.step(`doctor: ${advertised}`, () =>
      withTempFolder(async (folder) => {
        const file = await writeConfig(folder, config);
        const { code, stdout } = await runInProcess(
          ["doctor", "--config", file, "--json"],
        );
        strictEqual(code, 69);
        const { findings }: { findings: Record<string, string>[] } = JSON.parse(stdout);
        const finding = findings.find(({ check }) => check === "advertised addresses");
        ok(finding !== undefined, stdout);
        match(finding["found"] ?? "", expected);
        match(finding["means"] ?? "", /advertised\.listeners of the broker/);
      }));
  }
});
