import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { TOPICS } from "../../src/testing/agent/agent_config.ts";
import { withBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka } from "../../src/testing/stream_check.ts";
import { runPython } from "../../src/testing/python.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";
import { PROJECT_ROOT, PYTHON } from "../../src/testing/project_root.ts";

const CONSUMER = "examples/consumer.py";
const QUERY = "examples/completeness.sql";

Deno.test("docs/consuming.md shows the consumer and the query exactly as the tests run them", async () => {
  const page = await Deno.readTextFile(`${PROJECT_ROOT}docs/consuming.md`);
  for (const path of [CONSUMER, QUERY]) {
    const text = await Deno.readTextFile(PROJECT_ROOT + path);
    ok(page.includes(`\n${text.trimEnd()}\n\`\`\``), `${path} is not in the page`);
  }
});

Deno.test("the example consumer prints what an agent sent through a broker, and the query finds the streams complete", () =>
  withTempFolder((folder) =>
    withBroker(async (broker) => {
      const topics = Object.values(TOPICS);
      for (const topic of topics) await broker.createTopic(topic);
      const server = await startLiteralServer(folder);
      {
        await using agent = await startAgentProcess({
          folder,
          config: {
            uplink: { kind: "kafka", brokers: [broker.bootstrap] },
            devices: literalDevices(server.port, { ["interval_ms"]: 250 }),
          },
        });
        await untilTrue("some records there", async () => {
          const { records } = await checkKafka(broker.bootstrap, { topics });
          return records >= 10;
        });
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      }
      await server.close();

      const lines = await runConsumer(broker.bootstrap, TOPICS.inverter, 3);
      for (const line of lines) {
        const record: Record<string, unknown> = JSON.parse(line);
        strictEqual(record["device_id"], "inv-01");
        strictEqual(record["ac_power_w"], 8790);
      }

      const { decoded } = await checkKafka(broker.bootstrap, { topics });
      const records = decoded.map(({ type, record }) => [
        ...[record["gateway"], record["device_id"], type, record["epoch"]],
        ...[record["seq"], record["prev_epoch"], record["prev_seq"]],
      ]);
      const { rows } = await runPython("tests/records/examples_check.py", {
        payloads: [],
        records,
        gaps: [],
      }) as { rows: Record<string, unknown>[] };
      ok(rows.length >= 4);
      let counted = 0;
      for (const row of rows) {
        strictEqual(row["missing"], 0, JSON.stringify(row));
        strictEqual(row["duplicates"], 0);
        counted += Number(row["records"]);
      }
      strictEqual(counted, records.length);
    })
  ));

/** Runs the example, which runs until it is stopped, until it has printed `count` lines. */
async function runConsumer(
  bootstrap: string,
  topic: string,
  count: number,
): Promise<string[]> {
  const child = new Deno.Command(PYTHON, {
    args: [PROJECT_ROOT + CONSUMER, bootstrap, topic, `${PROJECT_ROOT}models/avro`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.split("\n").length > count) break;
  }
  clearTimeout(timer);
  try {
    child.kill("SIGKILL");
  } catch {
    // Already exited; its output shows whether it failed.
  }
  await child.status;
  const lines = text.split("\n").slice(0, count);
  strictEqual(lines.length, count);
  return lines;
}
